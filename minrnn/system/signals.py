"""Ctrl-C, SIGTERM and a closed terminal: the first one asks to stop after the step, the second one stops at once."""

import signal

# SIGHUP is not on every system. What is ignored stays so: nohup asks for it, and a shell for what runs behind it.
NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
SIGNALS = [number for number in NUMBERS if signal.getsignal(number) != signal.SIG_IGN]


class Interrupt:
    """While entered, `signal` is None, or the number of the signal that asked to stop."""

    def __enter__(self):
        self.signal = None
        self.before = {number: signal.signal(number, self.ask) for number in SIGNALS}
        return self

    def ask(self, number, frame):
        self.signal = number
        self.give_back()

    def give_back(self):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def __exit__(self, *error):
        self.give_back()
