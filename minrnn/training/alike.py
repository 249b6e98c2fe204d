"""A command that all ranks of mpiexec run from start to end, and whose work they share: a score. Rank 0 prints."""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress

from ..parallel.tasks import done
from ..system.errors import OptionError
from .joined import joined
from .team import RankError, Team, expected


def on_all_ranks(command: Callable[["Share"], int]) -> int:
    """Calls command(share) on every rank, and returns the exit status. An error of any rank ends all, with one line."""
    team = joined()
    if not team:
        return OptionError.exit_status
    share = Share(team)
    try:
        with ExitStack() as held:
            if team.comm.rank:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Rank 0 hears it, too, and ends all.
                nowhere = held.enter_context(open(os.devnull, "w"))
                held.enter_context(redirect_stdout(nowhere))
                held.enter_context(redirect_stderr(nowhere))
            return command(share)
    except SystemExit:  # After --help, or a wrong option: all ranks have the same.
        raise
    except BaseException as error:
        return share.failed(error)


class Share:
    """Has `parallel.tasks.done` on all ranks, once all have come so far without an error."""

    def __init__(self, team: Team):
        self.team, self.agreed = team, False

    def __call__(self, *work, of: str) -> list[list]:
        """What `done` returns. Raises RankError if a rank has failed before, or does not mean the same by `of`."""
        self.agree(None)
        self.team.compare(of, "has another model or text than rank 0")
        return done(*work, self.team.comm)

    def agree(self, error: BaseException | None) -> None:
        self.agreed = True
        self.team.refuse(self.team.errors(error))

    def failed(self, error: BaseException) -> int:
        """Ends all ranks: raises the error on rank 0, which tells it, and returns the exit status on the others."""
        if not self.agreed and expected(error):
            with suppress(RankError):  # The others know it now; rank 0 tells it.
                self.agree(error)
        elif not isinstance(error, RankError):
            self.team.abort(error)
        if self.team.comm.rank == 0:
            raise error
        return RankError.exit_status
