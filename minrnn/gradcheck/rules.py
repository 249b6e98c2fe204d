"""A table of diagnoses: each row is a condition on facts and the sentence that is said where it holds."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Words = dict[str, str] | None  # for the gaps in the sentence; None where the condition does not hold


class Rule(NamedTuple):
    """One row. `when` finds the words; `found` says in words when it finds some."""

    found: str
    says: str
    look: str
    when: Callable[[Any], Words]

    def line(self, facts: Any) -> str | None:
        """The diagnosis in one line."""
        words = self.when(facts)
        end = "" if self.says.endswith("?") else "."
        return None if words is None else f"{self.says}{end} Look at {self.look}".format(**words)


def first(rules: Iterable[Rule], facts: Any) -> str | None:
    """What the first rule says that applies."""
    return next((line for rule in rules if (line := rule.line(facts))), None)


def listed(names: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} and {last}" if most else last
