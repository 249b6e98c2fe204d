"""log.csv: a row for every so many steps and every validation, and the same rows in memory for the plot."""

import csv
from pathlib import Path

from .files import write_atomic

FIELDS = ("step", "epoch", "symbols", "seconds", "train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")


class Log:
    """Rows are dicts by FIELDS; what was not measured is missing (an empty cell)."""

    def __init__(self, path):
        self.path = Path(path)
        self.rows = []

    def start(self, upto=None):
        """Begins the file, with the rows of an earlier run up to and including step `upto`."""
        if upto is not None and self.path.exists():
            with open(self.path, newline="") as file:
                rows = [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
            self.rows = [row for row in rows if row["step"] <= upto]
        write_atomic(self.path, ("\r\n".join([",".join(FIELDS), *map(line, self.rows)]) + "\r\n").encode())

    def add(self, **row):
        """Appends one row; it is on disk, or at least with the system, when this returns."""
        self.rows.append(row)
        with open(self.path, "a", newline="") as file:
            file.write(line(row) + "\r\n")


def line(row):
    """A row as the file has it: whole numbers plain, others with six figures that count."""
    return ",".join("" if row.get(name) is None else f"{row[name]:.10g}" for name in FIELDS)
