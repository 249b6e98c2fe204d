"""Ctrl-C, SIGTERM and a closed terminal: the first one asks to stop after the step, the second one stops at once."""

import signal

SIGNALS = [signal.SIGINT, signal.SIGTERM]
# Not on every system; and nohup asks to go on when the terminal is closed.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
    SIGNALS.append(signal.SIGHUP)


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
