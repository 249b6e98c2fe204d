"""Pictures of a study: how the best loss fell, and which options mattered."""

from pathlib import Path

from ..system.figure import new_figure, save
from .study import completed, counted, load_optuna

ENOUGH = 8  # Completed trials before the importance of an option means anything.


def draw(study, folder: Path) -> list[Path]:
    """Draws history.png and importance.png into the folder, as far as there are trials for it; returns their paths."""
    done = []
    if completed(study):
        done.append(folder / "history.png")
        draw_history(study, done[-1])
    if len(completed(study)) >= ENOUGH and (found := importance(study)):
        done.append(folder / "importance.png")
        draw_importance(found, done[-1])
    return done


def draw_history(study, path: Path) -> None:
    """Each trial's loss, those that were stopped early as crosses, and the lowest so far as a line."""
    axes = (figure := new_figure(figsize=(8, 4.5), dpi=120)).add_subplot()
    full = sorted(completed(study), key=lambda trial: trial.number)
    early = [t for t in counted(study) if t.state.name == "PRUNED" and t.intermediate_values]
    axes.plot([t.number for t in full], [t.value for t in full], "o", markersize=4, label="ran to the end")
    if early:
        last = [t.intermediate_values[max(t.intermediate_values)] for t in early]
        axes.plot([t.number for t in early], last, "x", color="grey", markersize=4, label="stopped early")
    lowest = [min(t.value for t in full[: k + 1]) for k in range(len(full))]
    axes.step([t.number for t in full], lowest, where="post", label="lowest so far")
    axes.set_xlabel("trial")
    axes.set_ylabel("validation loss (nats a symbol)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, path)


def importance(study) -> dict[str, float]:
    """{option: its share of what decides whether a trial is among the best}, by PED-ANOVA (Watanabe et al. 2023)."""
    optuna = load_optuna()
    try:
        return optuna.importance.get_param_importances(study, evaluator=optuna.importance.PedAnovaImportanceEvaluator())
    except (ValueError, RuntimeError):
        return {}  # The trials do not differ enough.


def draw_importance(found: dict[str, float], path: Path) -> None:
    """A bar for each option, the most important one on top."""
    axes = (figure := new_figure(figsize=(7, 1.5 + 0.35 * len(found)), dpi=120)).add_subplot()
    names = sorted(found, key=found.get)
    axes.barh(names, [found[name] for name in names])
    axes.set_xlabel("importance (PED-ANOVA)")
    save(figure, path)
