"""log.csv: a row every few steps and at every validation, and the same rows in memory for the plot."""

import os
from pathlib import Path

from ..system.console import note
from ..system.files import naming, unless_open_elsewhere, write_atomic
from ..system.wording import plural

FIELDS = ("step", "epoch", "symbols", "seconds", "train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")
HEADER, END = ",".join(FIELDS), "\r\n"
WHOLE = ("step", "symbols")


class Log:
    """Watches a run and writes down what was measured. A row is a dict; what was not measured is an empty cell."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.old = self.path.with_name(f"{self.path.name}.old")
        self.rows, self.waiting = [], []

    def begin(self, run) -> None:
        """Takes over the rows of the file up to where the run stands, and begins the file anew with them."""
        lost = self.resume(run.step)
        self.start()
        if lost:
            note(f"{self.path}: {plural(lost, 'line')} could not be read; the file is kept as {self.old}")

    def step(self, run, row: dict | None, over: bool) -> None:
        if row:
            self.add(row)

    def end(self, run) -> None:
        """Every row is in the file already, unless a spreadsheet on Windows has it open."""
        self.write()
        if self.waiting:
            note(f"{self.path} is open in another program: it lacks {plural(len(self.waiting), 'row')}")

    def start(self) -> None:
        """Writes a new file: the header, and the rows in memory."""
        write_atomic(self.path, "".join([HEADER + END, *map(line, self.rows)]).encode())
        self.waiting = []

    def sync(self) -> None:
        """Forces the rows to disk, so that after a power cut no checkpoint is there without its rows."""
        if self.path.exists():
            # Opened for writing: Windows syncs no other file.
            with unless_open_elsewhere(self.path), open(self.path, "r+b") as file:
                os.fsync(file.fileno())

    def resume(self, step: int) -> int:
        """Takes over the rows of the file up to and including this step. Returns how many lines are not rows.

        If there are any, the file is kept as `old`. A last line that was cut short does not count: a killed
        run leaves one.
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

    def add(self, row: dict) -> None:
        """Appends one row; when this returns, it is on disk or at least with the operating system.

        While another program keeps us out on Windows, rows wait for the next one.
        """
        self.rows.append(row)
        self.waiting.append(line(row))
        self.write()

    def write(self) -> None:
        """Appends the rows that wait."""
        if self.waiting:
            with unless_open_elsewhere(self.path), open(self.path, "a", newline="") as file:
                rows, self.waiting = self.waiting, []  # A write that fails when it is half done is not tried again.
                file.writelines(rows)


def line(row: dict) -> str:
    """A row as the file has it, with its line end: whole numbers in full, others with up to ten figures."""
    cells = {name: format(v, ".0f" if name in WHOLE else ".10g") for name, v in row.items() if v is not None}
    return ",".join(cells.get(name, "") for name in FIELDS) + END


def parsed(text: str) -> dict | None:
    """The row that a line is; None if it is none, such as the header or a line that was cut short."""
    cells = text.strip().split(",")
    if len(cells) != len(FIELDS):
        return None
    try:
        row = {name: float(cell) for name, cell in zip(FIELDS, cells) if cell}
    except ValueError:
        return None
    return row if {"step", "symbols", "seconds"} <= row.keys() else None
