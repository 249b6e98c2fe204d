"""Many runs in one table: for people, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from ..system.wording import bits_and_perplexity, cell_label, visible
from .summary import Summary, finite

MODEL = ("cell", "layers", "hidden")  # The options that make one column, "model".
MOST = 8  # Columns for options in the table for people.
WIDEST = 24  # Characters of an option there.


def different(runs: list[Summary]) -> list[str]:
    """The options in which runs differ, but for the text and the model; one that a run does not know tells nothing."""
    found = {}
    for run in runs:
        for name, value in run.options.items():
            found.setdefault(name, set()).add(json.dumps(value))
    return [name for name, values in found.items() if len(values) > 1 and name not in (*MODEL, "text")]


def names_of_texts(runs: list[Summary]) -> dict:
    """{text of a Summary: a name for it}: that of the file, with a number where several have the same."""
    found = {}
    for run in runs:
        if run.text and run.text not in found:
            sources = run.options.get("text")
            stems = [Path(str(source)).stem for source in sources] if isinstance(sources, list) else []
            name = visible(" ".join(stems))[:WIDEST] or "text"
            count = sum(other == name or other.startswith(f"{name} #") for other in found.values())
            found[run.text] = f"{name} #{count + 1}" if count else name
    return found


def record(run: Summary, texts: dict) -> dict:
    """A run as JSON has it, with all its options. What is not known is None."""
    loss, bits, best = run.result.get("best_loss"), run.result.get("bits_per_character"), run.best
    # How many characters a symbol stands for follows from the result; the newest loss is in the log.
    known = best is not None and finite(loss) and finite(bits) and loss > 0 < bits
    return {
        "run": str(run.folder),
        "text": texts.get(run.text),
        "state": run.state,
        "parameters": known_number(run.result.get("parameters")),
        "steps": known_number(run.last.get("step")),
        "symbols": known_number(run.last.get("symbols")),
        "seconds": known_number(run.last.get("seconds")),
        "best_loss": best,
        "perplexity": None if best is None else bits_and_perplexity(best, 1)[1],
        "bits_per_character": bits * best / loss if known else None,
        "options": run.options,
    }


def known_number(value: object) -> float | int | None:
    """The value if it is a number, a whole one without its .0."""
    if not finite(value):
        return None
    return int(value) if value == int(value) else value


def as_json(runs: list[Summary]) -> str:
    """A list of records."""
    texts = names_of_texts(runs)
    return json.dumps([record(run, texts) for run in runs], indent=2) + "\n"


def as_csv(runs: list[Summary]) -> str:
    """A row for each run, with columns for its model and for the options that differ."""
    texts, file = names_of_texts(runs), io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [*MODEL, *different(runs)]
    for k, run in enumerate(runs):
        *cells, (_, options) = record(run, texts).items()
        if k == 0:
            writer.writerow([visible(name) for name in (*(name for name, _ in cells), *names)])
        values = [value for _, value in cells] + [options.get(name) for name in names]
        writer.writerow(["" if value is None else visible(plain(value)) for value in values])
    return file.getvalue()


def table(runs: list[Summary]) -> str:
    """A line for each run below a head, in columns. Only the first options that differ are shown."""
    texts, names = names_of_texts(runs), different(runs)[:MOST]
    several = len(texts) > 1
    head = ["run", *(["text"] if several else []), "model", *names]
    left = len(head) - len(names)
    lines = [[*map(visible, head), "parameters", "symbols", "seconds", "best loss", "perplexity", "bits/char", ""]]
    for run in runs:
        r = record(run, texts)
        chosen = [short(run.options.get(name)) for name in names]
        lines.append([
            visible(r["run"]), *([r["text"] or "-"] if several else []), model(run.options), *chosen,
            shown(r["parameters"], ",.0f"), shown(r["symbols"], ",.0f"), shown(r["seconds"], ",.0f"),
            shown(r["best_loss"], ".4f"), shown(r["perplexity"], ".4g"), shown(r["bits_per_character"], ".3f"),
            "" if run.state == "finished" else run.state,
        ])  # fmt: skip
    return "\n".join(in_columns(lines, {*range(left), len(lines[0]) - 1}))


def in_columns(lines: list[list[str]], left: Iterable[int]) -> list[str]:
    """Lines of cells as text; the columns `left` begin at their left, others end at their right."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return [
        "  ".join(
            cell.ljust(w) if k in left else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    ]


def notes(runs: list[Summary]) -> list[str]:
    """What a reader of the table should know, a line each."""
    lines, hidden = [], different(runs)[MOST:]
    if len(texts := names_of_texts(runs)) > 1:
        lines.append(f"runs of {len(texts)} texts or parts held out: losses compare only within one of them")
    if hidden:
        lines.append(f"they also differ in {', '.join(map(visible, hidden))}: see --csv or --json")
    if unknown := sum(not run.options for run in runs):
        lines.append(f"{unknown} of {len(runs)} runs have no result.json, which has their options")
    return lines


def model(options: dict) -> str:
    """The cell and the sizes of a model: "lstm 2 x 256"."""
    if not isinstance(options.get("cell"), str):
        return "-"
    return visible(f"{cell_label(options['cell'])} {options.get('layers')} x {options.get('hidden')}")[:40]


def plain(value: object) -> str:
    """A value of an option as the command line has it; a switch is on or off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(plain, value))
    return f"{value:.10g}" if isinstance(value, float) else cell_label(str(value))


def short(value: object) -> str:
    """A value of an option in a narrow column."""
    return "-" if value is None else visible(plain(f"{value:.4g}" if isinstance(value, float) else value))[:WIDEST]


def shown(value: object, form: str) -> str:
    return format(value, form) if finite(value) else "-"
