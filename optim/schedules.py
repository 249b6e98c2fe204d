"""Learning rates over a run. All have the same two questions: what is lr now, and how well does it go.

schedule.lr(step, share)     step counts from 0; share in [0, 1] is how much of the run is over
schedule.observe(loss)       after each validation; only `Plateau` listens
"""

import math


class Constant:
    """The same rate throughout."""

    def __init__(self, lr):
        self.base = lr

    def lr(self, step, share):
        return self.base

    def observe(self, loss):
        pass

    def state(self):
        return {}

    def load_state(self, state):
        for name, value in state.items():
            setattr(self, name, value)


class Staircase(Constant):
    """Multiplied by `decay` every `decay_every` steps, counted from step `decay_start`.

    So step decay_start + decay_every is the first with a lower rate. "x 0.97 at the end of every epoch
    from the 10th on" is, with E steps an epoch, decay=0.97, decay_every=E, decay_start=9 * E.
    """

    def __init__(self, lr, decay=0.1, decay_every=5000, decay_start=0):
        super().__init__(lr)
        self.decay, self.every, self.start = decay, decay_every, decay_start

    def lr(self, step, share):
        return self.base * self.decay ** max(0, (step - self.start) // self.every)


class Cosine(Constant):
    """Rises over `warmup` steps, and falls along half a cosine to `final_lr` times the rate at share 1."""

    def __init__(self, lr, warmup=0, final_lr=0.05):
        super().__init__(lr)
        self.warmup, self.final = warmup, final_lr

    def lr(self, step, share):
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        fall = self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        return self.base * rise * fall


class Plateau(Constant):
    """Multiplied by `decay` when the validation loss has not fallen for `decay_patience` validations."""

    def __init__(self, lr, decay=0.5, decay_patience=3):
        super().__init__(lr)
        self.decay, self.patience = decay, decay_patience
        self.scale, self.best, self.waited = 1.0, math.inf, 0

    def lr(self, step, share):
        return self.base * self.scale

    def observe(self, loss):
        if loss < self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            self.scale, self.waited = self.scale * self.decay, 0

    def state(self):
        return {"scale": self.scale, "best": self.best, "waited": self.waited}
