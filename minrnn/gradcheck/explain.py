"""From the facts about a wrong gradient to one to three lines that say what is wrong, and where to look."""

from cells import CELLS, Bidirectional

from .arrays import ARRAYS, FORWARD
from .cell_facts import CellFacts
from .check import Check
from .check_cell import check_cell
from .model_facts import ModelFacts
from .model_rules import MODEL
from .one_step_rules import ONE_STEP
from .rules import first
from .some_steps import OTHERWISE, SOME_STEPS


def explain_cell(name: str, options: dict, check: Check, sizes: dict[str, int], seed: int = 0) -> list[str]:
    """Diagnoses of a cell by itself whose check found something wrong. `sizes` are T, N, D and H of the check."""
    if issubclass(CELLS[name], Bidirectional) and name.removeprefix("bi") in CELLS:
        half = name.removeprefix("bi")
        alone = check_cell(half, options, *(sizes[key] for key in "TNDH"), seed)
        if alone.wrong:
            return [f"its halves, each a {half}, are wrong", *explain_cell(half, options, alone, sizes, seed)]
    facts = CellFacts(name, options, check, sizes, seed)
    lines = [line for rule in FORWARD if (line := rule.line(facts))][:1]
    if lines:
        return lines
    arrays = [(rule, words) for rule in ARRAYS if (words := rule.when(facts))]
    lines = [line for rule, _ in arrays[:2] if (line := rule.line(facts))]
    explained = {name for _, words in arrays[:2] for name in words["names"].replace(" and ", ", ").split(", ")}
    if facts.wrong.keys() <= explained:
        return lines
    for stage in (ONE_STEP, SOME_STEPS, OTHERWISE):
        line = first(stage, facts)
        if line:
            return [*lines, line]
    return lines


def explain_model(config: dict, check: Check, T: int, N: int, seed: int = 0) -> list[str]:
    """The diagnosis of a model whose check found something wrong, though its cell is right by itself."""
    return [first(MODEL, ModelFacts(config, check, T, N, seed)) or ""]
