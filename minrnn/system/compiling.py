"""Numba compiles the kernels that this machine has not run yet: says so, and lets the user stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

KEPT = "compiling kernels that have not run here before, up to half a minute; the next start finds them on disk"
NOT_KEPT = (
    "compiling kernels, up to half a minute at every start: there is no folder to keep them in; "
    "set NUMBA_CACHE_DIR to a folder that can be written"
)


def announce_compiling(say: Callable[[str], object]) -> object:
    """Has `say` called with a line for the user, once, if anything has to be compiled. Returns the listener."""
    said = []

    def announce(started):
        if not said:
            cache = getattr(started.data["dispatcher"], "_cache", None)
            said.append(KEPT if getattr(cache, "cache_path", None) else NOT_KEPT)
            say(*said)

    return listen("numba:compile", announce)


@contextmanager
def compiling_until(asked: Callable[[], object]) -> Iterator[None]:
    """Inside this context, the compiler raises KeyboardInterrupt before its next pass, once `asked()` is true.

    A handler of signals cannot raise it: it may interrupt a finaliser or a callback of LLVM, which swallow it.
    """

    def stop(started):
        if asked():
            raise KeyboardInterrupt

    listener = listen("numba:run_pass", stop)
    try:
        yield
    finally:
        ignore("numba:run_pass", listener)


def listen(kind: str, on_start: Callable[[object], None]) -> object:
    """Has `on_start` called whenever an event of this kind starts in Numba. Returns the listener."""
    from numba.core import event  # Here, as --help needs no Numba.

    class Listener(event.Listener):
        def on_start(self, started):
            on_start(started)

        def on_end(self, _):
            pass

    listener = Listener()
    event.register(kind, listener)
    return listener


def ignore(kind: str, listener: object) -> None:
    """Takes a listener away from these events; somebody else may have done so."""
    from numba.core import event

    with suppress(ValueError):
        event.unregister(kind, listener)
