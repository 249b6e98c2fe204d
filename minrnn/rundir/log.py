"""log.csv: a row for every so many steps and every validation, and the same rows in memory for the plot."""

import os
from pathlib import Path

from ..system.files import naming, write_atomic

FIELDS = ("step", "epoch", "symbols", "seconds", "train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")
HEADER = ",".join(FIELDS)
WHOLE = ("step", "symbols")


class Log:
    """Rows are dicts by FIELDS; what was not measured is missing (an empty cell)."""

    def __init__(self, path):
        self.path = Path(path)
        self.old = self.path.with_name(f"{self.path.name}.old")
        self.rows = []

    def start(self):
        """Begins the file: the header, and the rows there are."""
        write_atomic(self.path, ("\r\n".join([HEADER, *map(line, self.rows)]) + "\r\n").encode())

    def sync(self):
        """Forces the rows to disk, so that no checkpoint survives a power cut that its rows do not."""
        if self.path.exists():
            with naming(self.path), open(self.path, "rb") as file:
                os.fsync(file.fileno())

    def resume(self, step):
        """Takes over the rows of the file up to and including this step. Returns how many lines are no rows.

        Where there are any, the file is kept as `old`. A last line that was cut short is not one of them: a
        run that is killed leaves one.
        """
        if not self.path.exists():
            return 0
        with naming(self.path):
            data = self.path.read_bytes()
        lines = data.decode(errors="replace").splitlines(keepends=True)
        self.rows = [row for row in map(parsed, lines) if row and row["step"] <= step]
        lost = sum(parsed(text) is None and text.endswith("\n") and text.strip() not in ("", HEADER) for text in lines)
        if lost:
            write_atomic(self.old, data)
        return lost

    def add(self, **row):
        """Appends one row; it is on disk, or at least with the system, when this returns."""
        self.rows.append(row)
        with naming(self.path), open(self.path, "a", newline="") as file:
            file.write(line(row) + "\r\n")


def line(row):
    """A row as the file has it: whole numbers in full, others with up to ten figures."""
    cells = {name: format(v, ".0f" if name in WHOLE else ".10g") for name, v in row.items() if v is not None}
    return ",".join(cells.get(name, "") for name in FIELDS)


def parsed(text):
    """The row that a line is; None if it is none, such as the header or a line cut short."""
    cells = text.strip().split(",")
    if len(cells) != len(FIELDS):
        return None
    try:
        row = {name: float(cell) for name, cell in zip(FIELDS, cells) if cell}
    except ValueError:
        return None
    return row if {"step", "symbols", "seconds"} <= row.keys() else None
