"""All tables of diagnoses, in the order in which they are asked, and as a page."""

import re

from .arrays import ARRAYS, FORWARD
from .model_rules import MODEL
from .one_step_rules import ONE_STEP
from .rules import Rule
from .some_steps import OTHERWISE, SOME_STEPS
from .training_parts import BATCHES, OPTIMISER

TABLES: dict[str, tuple[Rule, ...]] = {
    "The forward pass": FORWARD,
    "Whole arrays": ARRAYS,
    "One step of one sequence": ONE_STEP,
    "More steps": SOME_STEPS,
    "More sequences, more calls": OTHERWISE,
    "A model whose cell is right": MODEL,
    "Optimisers": OPTIMISER,
    "Batches": BATCHES,
}


def markdown() -> str:
    """The tables as a part of docs/gradcheck.md."""
    parts = []
    for title, rules in TABLES.items():
        rows = [f"| {rule.found} | {gaps(rule.says)} | {gaps(rule.look)} |" for rule in rules]
        parts.append(
            "\n".join([f"### {title}\n", "| what holds | what is said | look at |", "|---|---|---|", *rows, ""])
        )
    return "\n".join(parts)


def gaps(text: str) -> str:
    """A sentence with the names of its gaps in italics, and nothing that Markdown would take for its own."""
    return re.sub(r"\{(\w+)\}", r"*\1*", text.replace("*", r"\*").replace("}{", "} {"))
