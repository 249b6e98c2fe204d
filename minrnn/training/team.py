"""The ranks of a run, as rank 0 leads them: what they do together, whether they agree, and how all end if one fails."""

import os
import platform
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..parallel.ranks import StoppedElsewhere
from ..system.mpi import launcher
from ..system.wording import quoted, visible
from .diverged import DivergedError
from .trainer import Stopped

# What rank 0 tells the others, besides the names of methods: there is a run, and there is nothing more to do.
BEGIN, END = "begin", "end"
# The tag of a message to rank 0: a signal has asked the sender to stop. mpiexec passes a signal on to all ranks; if
# rank 0 has not stopped after so many seconds, it has not heard it.
STOP, HEARD = 1, 2
# A rank that waits for rank 0 gives up later than rank 0 itself, which can say more.
PATIENCE = 1.25


class RankError(RuntimeError):
    """The ranks do not agree. The message is one line for the user."""

    exit_status = 2


# What is raised on all ranks at the same time; rank 0 decides what follows.
COMMON = (DivergedError, RankError, Stopped, StoppedElsewhere)


class Team:
    """The ranks of `comm`. `folder` is the output directory, if there is one yet. A command to resume needs `more`."""

    def __init__(self, comm):
        self.comm, self.folder, self.more = comm, None, ""
        self.name = f"rank {comm.rank} on {platform.node()}"
        # What the ranks do together just now, and how often they have met. Each meeting is a sign of life.
        self.doing, self.meetings, self.signal = None, 0, None
        self.processes = comm.allgather((platform.node(), os.getpid()))

    @contextmanager
    def together(self, method: str, *arguments) -> Iterator[None]:
        """On rank 0: has the others call this method of their run, for what happens in here."""
        if self.doing:  # It is a part of what all do already.
            yield
            return
        self.doing = method
        if self.comm.rank == 0:
            self.comm.bcast((method, arguments))
        self.meet()
        try:
            yield
        except COMMON:
            self.doing = None
            raise
        self.doing = None  # After any other error it stays: the others are still in there.

    def next(self) -> tuple[str, tuple]:
        """On the other ranks: waits for the name of a method to call, and its arguments."""
        if self.signal and time.monotonic() - self.heard_at > HEARD:
            self.comm.isend(self.signal, 0, STOP).Free()
            self.signal = None
        asked = self.comm.bcast(None)
        self.meet()
        return asked

    def hear(self, number: int, frame: object) -> None:
        """On the other ranks: the handler of the signals that ask to stop."""
        self.signal, self.heard_at = number, time.monotonic()

    @property
    def leads(self) -> bool:
        """Whether this is the first rank of its machine."""
        nodes = [node for node, _ in self.processes]
        return nodes.index(platform.node()) == self.comm.rank

    def pass_on(self) -> None:
        """On rank 0: does what a signal to another rank has asked for."""
        while self.comm.iprobe(tag=STOP):
            signal.raise_signal(self.comm.recv(tag=STOP))

    def meet(self) -> None:
        self.meetings += 1

    def errors(self, own: Exception | None) -> list[str | None]:
        """For each rank, what its error says, or None."""
        return self.comm.allgather(own and (str(own) or type(own).__name__))

    def refuse(self, errors: list[str | None]) -> None:
        """Raises RankError on all ranks for the first of these errors, if there is one."""
        for k, message in enumerate(errors):
            if message:
                raise RankError(f"rank {k} on {self.processes[k][0]}: {message}")

    def compare(self, mine: object, difference: str) -> None:
        """Raises RankError on all ranks if one of them has something else here than rank 0."""
        for other, message in (everybody := self.comm.allgather((mine, f"{self.name} {difference}"))):
            if other != everybody[0][0]:
                raise RankError(message)

    def abort(self, error: BaseException) -> None:
        """Ends all ranks: the others wait for this one, and do not know that it has failed."""
        status = getattr(error, "exit_status", 130 if isinstance(error, KeyboardInterrupt) else 2)
        if not expected(error) and isinstance(error, Exception):
            status = 1
            traceback.print_exception(error)
        print(f"{os.path.basename(sys.argv[0])}: {self.failed(error)}", file=sys.stderr, flush=True)
        time.sleep(0.5)  # mpiexec ends at once, and must have passed on the line by then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # The library says less, in more lines.
        self.comm.Abort(status)

    def failed(self, error: BaseException) -> str:
        """In one line: which rank failed, why, and how to go on."""
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, OSError) and error.filename:
            what = f"{error.filename}: {error.strerror}"
        elif isinstance(error, TimeoutError) or hasattr(error, "exit_status"):
            what = str(error)
        on = f"to go on from the last checkpoint: {self.again}" if self.folder else "nothing was written yet"
        return visible(f"{self.name} failed: {what}; all ranks end; {on}")

    @property
    def again(self) -> str:
        return f"{launcher()}python train.py --resume --out {quoted(self.folder)}{self.more}"

    def watch(self, seconds: float) -> None:
        """From now on, ends all ranks if one has not answered for so long. Never for 0 seconds."""
        if seconds:
            limit = seconds if self.comm.rank == 0 else PATIENCE * seconds
            threading.Thread(target=self.wait_for_silence, args=[seconds, limit], daemon=True).start()

    def wait_for_silence(self, seconds: float, limit: float) -> None:
        # Seconds are counted, not measured: while the whole job is suspended, nobody can answer.
        pause, met, waited = min(seconds / 10, 1), self.meetings, 0.0
        while waited <= limit:
            time.sleep(pause)
            # Rank 0 may be busy on its own, and then waits for nobody.
            waits = met == self.meetings and (self.doing or self.comm.rank)
            met, waited = self.meetings, waited + pause if waits else 0.0
        who = "another rank" if self.comm.rank == 0 else "rank 0"
        stopped = [f"rank {k} (process {self.processes[k][1]}) is stopped" for k in self.stopped()]
        self.abort(TimeoutError("; ".join([f"{who} has not answered for {seconds:g} s, the --rank-timeout", *stopped])))

    def stopped(self) -> Iterator[int]:
        """The ranks of this machine whose process is stopped, as by Ctrl-Z; Linux tells."""
        for k, (node, pid) in enumerate(self.processes):
            with suppress(OSError):
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
                if node == platform.node() and state == "T":
                    yield k


def expected(error: BaseException) -> bool:
    """Whether a user can cause the error, so that one line is enough to tell."""
    return isinstance(error, OSError | MemoryError) or hasattr(error, "exit_status")
