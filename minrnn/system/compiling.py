"""Says why a first start takes longer: Numba compiles what this machine has not run yet, and keeps it on disk."""

from numba.core import event


class Announcement(event.Listener):
    """Calls `say` with one line when the first function is compiled."""

    def __init__(self, say):
        self.say = say

    def on_start(self, _):
        if self.say:
            say, self.say = self.say, None
            say("compiling loops that have not run here before; the next start finds them on disk")

    def on_end(self, _):
        pass


def announce_compiling(say):
    """Has `say` called with a line for the user, once, if anything has to be compiled."""
    event.register("numba:compile", Announcement(say))
