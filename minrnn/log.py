"""log.csv: a row for every so many steps and every validation, and the same rows in memory for the plot."""

import csv
import os
from pathlib import Path

from .files import naming, write_atomic

FIELDS = ("step", "epoch", "symbols", "seconds", "train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")


class Log:
    """Rows are dicts by FIELDS; what was not measured is missing (an empty cell)."""

    def __init__(self, path):
        self.path = Path(path)
        self.rows = []

    def start(self):
        """Begins the file: the header, and the rows there are."""
        write_atomic(self.path, ("\r\n".join([",".join(FIELDS), *map(line, self.rows)]) + "\r\n").encode())

    def sync(self):
        """Forces the rows to disk, so that no checkpoint survives a power cut that its rows do not."""
        if self.path.exists():
            with naming(self.path), open(self.path, "rb") as file:
                os.fsync(file.fileno())

    def resume(self, step):
        """Takes over the rows of the file up to and including this step; what is no whole row is left out."""
        if self.path.exists():
            with open(self.path, newline="", errors="replace") as file:
                rows = filter(None, map(parsed, csv.reader(file)))
                self.rows = [row for row in rows if row["step"] <= step]

    def add(self, **row):
        """Appends one row; it is on disk, or at least with the system, when this returns."""
        self.rows.append(row)
        with naming(self.path), open(self.path, "a", newline="") as file:
            file.write(line(row) + "\r\n")


def line(row):
    """A row as the file has it: whole numbers plain, others with up to ten figures."""
    return ",".join("" if row.get(name) is None else f"{row[name]:.10g}" for name in FIELDS)


def parsed(cells):
    """The row that these cells are; None if they are no row, such as the header or a line cut short."""
    if len(cells) != len(FIELDS):
        return None
    try:
        row = {name: float(cell) for name, cell in zip(FIELDS, cells) if cell}
    except ValueError:
        return None
    return row if {"step", "symbols", "seconds"} <= row.keys() else None
