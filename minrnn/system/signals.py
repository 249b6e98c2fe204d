"""Ctrl-C, SIGTERM and a closed terminal: the first one asks to stop after the step, the second one stops at once."""

import signal
from threading import current_thread, main_thread

# Windows has no SIGHUP, and only Windows has SIGBREAK (Ctrl-Break).
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
SIGNALS = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
# Ignored signals stay ignored: nohup wants that, and so does a shell for background jobs. None: not Python's handler.
NOT_OURS = (signal.SIG_IGN, None)


class Stop:
    """In place of an `Interrupt` where another program runs: `signal` is set by hand, and no handler changes."""

    signal = None

    def __enter__(self) -> "Stop":
        return self

    def __exit__(self, *error) -> None:
        pass


class Interrupt:
    """While entered, `signal` is None, or the number of the signal that asked to stop.

    Only the main thread can handle signals. In another one, nothing asks to stop.
    """

    def __enter__(self) -> "Interrupt":
        self.signal, self.before = None, {}
        if current_thread() is main_thread():
            numbers = [number for number in SIGNALS if signal.getsignal(number) not in NOT_OURS]
            self.before = {number: signal.signal(number, self.ask) for number in numbers}
        return self

    def ask(self, number: int, frame: object) -> None:
        self.signal = number
        self.give_back()

    def give_back(self) -> None:
        """Signals do again what they did before."""
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def __exit__(self, *error) -> None:
        self.give_back()
