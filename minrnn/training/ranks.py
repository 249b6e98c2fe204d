"""A run on several ranks: rank 0 decides and keeps the files, the others compute their shards of what it does.

Every rank has the text, the weights and the optimiser, and makes the same steps. Rank 0 has the only clock. It tells
the others the name of each method of the run that all must call at the same time, with its arguments.
"""

import hashlib
import platform
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..parallel.ranks import Ranks
from ..system.errors import OptionError
from ..system.mpi import rank
from ..system.signals import SIGNALS
from ..system.wording import plural
from .run import DivergedError, Run

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "begin", "end"


class RankError(RuntimeError):
    """The ranks do not agree. The message is one line for the user."""

    exit_status = 2


# What is raised on all ranks at the same time.
COMMON = (DivergedError, RankError)


class Team:
    """The ranks of `comm`, as rank 0 leads them. While they do something together, `busy_since` is when it began."""

    def __init__(self, comm):
        self.comm, self.busy_since = comm, None

    @contextmanager
    def together(self, method: str, *arguments) -> Iterator[None]:
        """On rank 0: has the others call this method of their run, for what happens in here."""
        if self.comm.rank == 0:
            self.busy_since = time.monotonic()
            self.comm.bcast((method, arguments))
        try:
            yield
        except COMMON:
            self.busy_since = None
            raise
        self.busy_since = None

    def compare(self, mine: object, difference: str) -> None:
        """Raises RankError on all ranks if one of them has something else here than rank 0."""
        message = f"rank {self.comm.rank} on {platform.node()}: {difference}"
        everybody = self.comm.allgather((mine, message))
        for other, message in everybody:
            if other != everybody[0][0]:
                raise RankError(message)

    def abort(self, error: BaseException) -> None:
        """Ends all ranks: the others wait for this one, and do not know that it has failed."""
        status = getattr(error, "exit_status", 130 if isinstance(error, KeyboardInterrupt) else 1)
        if status == 1 and not isinstance(error, OSError | MemoryError):
            traceback.print_exception(error)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        print(
            f"rank {self.comm.rank} on {platform.node()} failed ({what}); all ranks end. The last checkpoint is whole: "
            "go on from it by --resume",
            file=sys.stderr, flush=True,
        )  # fmt: skip
        self.comm.Abort(status)

    def watch(self, seconds: float) -> None:
        """Ends all ranks if something that they do together takes longer than this."""
        while True:
            time.sleep(min(seconds / 4, 1))
            since = self.busy_since
            if since is not None and time.monotonic() - since > seconds:
                self.abort(TimeoutError(f"another rank has not answered for {seconds:g} s, the --rank-timeout"))


class RankedRun(Run):
    """The run of one rank. Rank 0 uses it like any `Run`; the others `serve`."""

    def __init__(self, team: Team, options: dict, saved: dict | None = None):
        self.team, self.told = team, None
        first, size, error = team.comm.rank == 0, team.comm.size, None
        try:
            super().__init__(options, saved, partial(Ranks, team.comm))
            if self.shard_count < size:
                raise OptionError(
                    f"{size} ranks have only {plural(self.shard_count, 'shard')} to compute; start fewer, or give "
                    f"--shards {size} and a --batch-size that is no less"
                )
        except Exception as failed:
            if first:
                raise  # The others know nothing of this run yet.
            error = str(failed)
        # Not earlier: where kernels have to be compiled, one rank does it for all.
        with team.together(BEGIN, options, saved):
            team.compare(error, error)
            team.compare((self.corpus.digest, digest_of_program()), "has another text or another program than rank 0")
        if first:
            threading.Thread(target=team.watch, args=[options["rank_timeout"]], daemon=True).start()

    @property
    def share(self) -> float:
        """How much of the run is over, by the clock of rank 0; during a step, it stands still."""
        return super().share if self.told is None else self.told

    def train_step(self, share: float | None = None) -> None:
        self.told = self.share if share is None else share
        try:
            with self.team.together("train_step", self.told):
                super().train_step()
        finally:
            self.told = None

    def validate(self) -> tuple[float, float, bool]:
        with self.team.together("validate"):
            return super().validate()

    def predictions(self) -> tuple:
        with self.team.together("predictions"):
            return super().predictions()

    def go_back(self, saved: dict) -> None:
        with self.team.together("go_back", saved):
            super().go_back(saved)

    def state(self) -> dict:
        with self.team.together("state"):
            weights = hashlib.sha256(self.model.params).hexdigest()
            self.team.compare(weights, "has other weights than rank 0: processors may compute in different ways")
            return super().state() | {"states": self.shards.together(self.states)}

    def load_state(self, state: dict) -> None:
        own = self.shards.own
        super().load_state(state | {"states": state["states"][own.start : own.stop]})


def digest_of_program() -> str:
    """The SHA-256 of all our source files."""
    digest = hashlib.sha256()
    for path in sorted(path for room in ("cells", "optim", "data", "minrnn") for path in (ROOT / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def on_ranks(train: Callable[..., int]) -> int:
    """Has rank 0 call `train` with a maker of runs, and the others serve it; returns the exit status."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):
        if rank():
            return OptionError.exit_status  # One line is enough: that of rank 0.
        raise OptionError("mpiexec needs mpi4py and an MPI library; install them by: pip install -e '.[mpi]'") from None
    team = Team(MPI.COMM_WORLD)
    try:
        if team.comm.rank:
            return serve(team)
        status = train(make_run=partial(RankedRun, team))
    except BaseException as error:
        if team.comm.rank or team.busy_since is not None:
            team.abort(error)
        team.comm.bcast((END, ()))
        raise
    team.comm.bcast((END, ()))
    return status


def serve(team: Team) -> int:
    """What the other ranks do: they wait for a run, and for what to do in it, until there is nothing more."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Rank 0 hears them, and tells us.
    run = None
    while True:
        method, arguments = team.comm.bcast(None)
        if method == END:
            return 0
        try:
            if method == BEGIN:
                run = RankedRun(team, *arguments)
            elif method in ("state", "predictions"):
                # Rank 0 saves and shows the average of the weights, if the run keeps one.
                with run.averaged():
                    getattr(run, method)()
            else:
                getattr(run, method)(*arguments)
        except COMMON:
            pass  # On rank 0, too, which decides what follows.
