"""Says why a start takes longer: Numba compiles the kernels that this machine has not run yet."""

from collections.abc import Callable

KEPT = "compiling kernels that have not run here before, up to half a minute; the next start finds them on disk"
NOT_KEPT = (
    "compiling kernels, up to half a minute at every start: there is no folder to keep them in; "
    "set NUMBA_CACHE_DIR to a folder that can be written"
)


def announce_compiling(say: Callable[[str], object]) -> object:
    """Has `say` called with a line for the user, once, if anything has to be compiled. Returns the listener."""
    from numba.core import event  # Here, as --help needs no Numba.

    class Announcement(event.Listener):
        said = False

        def on_start(self, started):
            if not self.said:
                self.said = True
                cache = getattr(started.data["dispatcher"], "_cache", None)
                say(KEPT if getattr(cache, "cache_path", None) else NOT_KEPT)

        def on_end(self, _):
            pass

    listener = Announcement()
    event.register("numba:compile", listener)
    return listener
