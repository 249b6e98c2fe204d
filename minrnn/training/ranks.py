"""A run on several ranks: rank 0 decides and keeps the files, the others compute their shards of what it does.

Every rank has the text, the weights and the optimiser, and makes the same steps. Rank 0 has the only clock. It tells
the others the name of each method of the run that all must call at the same time, with its arguments.
"""

import hashlib
import io
import sys
from collections import Counter
from functools import partial
from os import PathLike
from pathlib import Path

import numba
import numpy as np

from data import DASH, announced, standard_input

from ..nn.language_model import LanguageModel
from ..own_cell.names import option_for, own_cell, written
from ..parallel.ranks import Ranks
from ..system.cores import cores, physical_cores
from ..system.errors import OptionError
from ..system.wording import plural
from .rehearsal import rehearse
from .run import Run
from .team import BEGIN, Team, expected

ROOT = Path(__file__).resolve().parents[2]


class RankedRun(Run):
    """The run of one rank. Rank 0 uses it like any `Run`; the others serve it: see serve.py."""

    def __init__(
        self, team: Team, options: dict, saved: dict | None = None, start: dict | None = None,
        piped: bytes | None = None, cell: str = "",
    ):  # fmt: skip
        """Rank 0 hands over `piped`, the text of standard input, and `cell`, FILE.py:Class of a cell of the user."""
        self.team, self.told, self.rehearsed = team, None, False
        first, error = team.comm.rank == 0, None
        make = partial(super().__init__, options, saved, self.shared_out, start)
        if first and DASH in options["text"]:
            piped = standard_input()
        elif piped is not None:
            sys.stdin = io.TextIOWrapper(io.BytesIO(piped))
        if early := first and announced(options["text"]):
            make()  # It downloads the text; the others will find it.
        with team.together(BEGIN, options, saved, start, piped, cell or written.get(options["cell"], "")):
            try:
                if cell and own_cell(cell) != options["cell"]:
                    raise OptionError(f"--cell {cell} is another file than that of rank 0")
                if not early:
                    make()
            except Exception as failed:
                if not expected(failed):
                    raise
                error = failed
            errors = team.errors(error)
            if not any(errors):
                team.compare((self.corpus.digest, digest_of_program()), "has another text or program than rank 0")
                self.warn_of_few_cores()
        if first and error:
            raise error
        team.refuse(errors)
        team.more = option_for(options["cell"])
        team.watch(options["rank_timeout"])

    def build(self) -> None:
        super().build()
        nodes = {}
        for node, process in self.team.processes:
            nodes.setdefault(node, []).append(str(process))
        # mpiexec names a process that was killed.
        processes = ", ".join(f"{' '.join(numbers)} of {node}" for node, numbers in nodes.items())
        self.hands = f"{self.team.comm.size} ranks of {self.hands}, processes {processes}"

    def shared_out(self, model: LanguageModel, count: int, threads: int) -> Ranks:
        """The shards of this rank. Raises OptionError if there are too few."""
        if count < (size := self.team.comm.size):
            raise OptionError(
                f"{size} ranks have only {plural(count, 'shard')} to compute; start fewer ranks, or give --shards "
                f"{size} and a --batch-size that is no less"
            )
        return Ranks(self.team.comm, model, count, threads, self.team.meet)

    def warn_of_few_cores(self) -> None:
        """Every rank waits by asking again and again, so two on one core are far slower than one."""
        every = self.team.comm.allgather((cores(), physical_cores()))
        nodes = Counter(node for node, _ in self.team.processes)
        for node, count in nodes.items():
            here = [own for (name, _), own in zip(self.team.processes, every) if name == node]
            # A launcher may give each rank cores of its own.
            total = min(len(set.union(*(names for names, _ in here))), sum(number for _, number in here))
            if count > total:
                self.corpus.warnings.append(
                    f"{count} ranks share {plural(total, 'core')} of {node}; start no more ranks than cores"
                )

    @property
    def share(self) -> float:
        """How much of the run is over, by the clock of rank 0; during a step, it stands still."""
        return super().share if self.told is None else self.told

    def ready(self) -> None:
        with self.team.together("ready"):
            if not self.rehearsed and self.team.comm.rank:
                rehearse(self, [])
            self.team.comm.Barrier()

    def train_step(self, share: float | None = None) -> None:
        self.told = self.share if share is None else share
        try:
            with self.team.together("train_step", self.told):
                super().train_step()
        finally:
            self.told = None
        if share is None:
            self.team.pass_on()

    def validate(self) -> tuple[float, float, bool]:
        with self.team.together("validate"):
            return super().validate()

    def measure(self, n: int) -> tuple[float, float]:
        with self.team.together("measure", n):
            return super().measure(n)

    def predictions(self) -> tuple:
        with self.team.together("predictions"):
            return super().predictions()

    def go_back(self, saved: dict) -> None:
        with self.team.together("go_back", saved):
            super().go_back(saved)

    def save(self, path: str | PathLike) -> None:
        self.team.folder = Path(path).parent
        super().save(path)

    def state(self, folder: Path | None = None) -> dict:
        self.team.folder = folder or self.team.folder
        with self.team.together("state", self.team.folder):
            weights = hashlib.sha256(self.model.params).hexdigest()
            self.team.compare(
                weights,
                "has other weights than rank 0: its processor or its libraries compute in another way; use machines of "
                f"one kind; to go on from the last checkpoint: {self.team.again}",
            )
            (states,) = self.shards.together([self.states])
            return super().state() | {"states": states}

    def load_state(self, state: dict) -> None:
        own = self.shards.own
        super().load_state(state | {"states": state["states"][own.start : own.stop]})


def digest_of_program() -> str:
    """A digest of all our source files, and of the versions of what computes."""
    digest = hashlib.sha256(f"{np.__version__} {numba.__version__}".encode())
    for path in sorted(path for room in ("cells", "optim", "data", "minrnn") for path in (ROOT / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
