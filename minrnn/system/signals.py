"""Ctrl-C, SIGTERM and a closed terminal: the first one asks to stop after the step, the second one stops at once."""

import signal

# Not every system has SIGHUP. Ignored signals stay ignored: nohup wants that, and so does a shell for background jobs.
NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
SIGNALS = [number for number in NUMBERS if signal.getsignal(number) != signal.SIG_IGN]


class Interrupt:
    """While entered, `signal` is None, or the number of the signal that asked to stop."""

    def __enter__(self) -> "Interrupt":
        self.signal = None
        self.before = {number: signal.signal(number, self.ask) for number in SIGNALS}
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
