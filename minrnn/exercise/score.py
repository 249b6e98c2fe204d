"""The student's score: a small JSON file with a row for each exercise that was tried."""

import json
import os
import sys
from pathlib import Path

from ..system.files import write_atomic

FILE = "minrnn-exercises.json"
STATES = ("open", "tried", "solved")


class Score:
    """{name of an exercise: {"state": ..., "hints": how many were given}}."""

    def __init__(self, path: Path):
        self.path, self.rows = path, {}
        try:
            rows = json.loads(path.read_bytes())
            if not is_score(rows):
                raise ValueError
            self.rows = rows
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError):
            aside = path.with_name(path.name + ".broken")
            os.replace(path, aside)
            print(f"{path} is not a score file; it is now {aside.name}, and a new score begins", file=sys.stderr)

    def state(self, name: str) -> str:
        return self.rows.get(name, {}).get("state", "open")

    def record(self, name: str, solved: bool) -> None:
        """Notes a check. What was solved once stays solved."""
        self.change(name, state="solved" if solved or self.state(name) == "solved" else "tried")

    def next_hint(self, name: str, available: int) -> int:
        """The index of the hint to give now: each call gives the next one, and in the end the last one again."""
        given = self.rows.get(name, {}).get("hints", 0)
        self.change(name, hints=min(given + 1, available))
        return min(given, available - 1)

    def change(self, name: str, **entries) -> None:
        self.rows[name] = {"state": "open", "hints": 0, **self.rows.get(name, {}), **entries}
        write_atomic(self.path, (json.dumps(self.rows, indent=1) + "\n").encode())


def is_score(rows: object) -> bool:
    """Whether what a file holds is a score; names that are no exercise of this version may be in it."""
    return isinstance(rows, dict) and all(
        isinstance(row, dict)
        and row.get("state") in STATES
        and type(row.get("hints")) is int
        and row["hints"] >= 0
        for row in rows.values()
    )  # fmt: skip
