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
    """Multiplied by `factor` every `every` steps."""

    def __init__(self, lr, factor=0.1, every=5000):
        super().__init__(lr)
        self.factor, self.every = factor, every

    def lr(self, step, share):
        return self.base * self.factor ** (step // self.every)


class Cosine(Constant):
    """Rises over `warmup` steps, then falls along half a cosine to `final` times the rate at share 1."""

    def __init__(self, lr, warmup=0, final=0.05):
        super().__init__(lr)
        self.warmup, self.final = warmup, final

    def lr(self, step, share):
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        fall = self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        return self.base * rise * fall


class Plateau(Constant):
    """Multiplied by `factor` when the validation loss has not fallen for `patience` validations."""

    def __init__(self, lr, factor=0.5, patience=3):
        super().__init__(lr)
        self.factor, self.patience = factor, patience
        self.scale, self.best, self.waited = 1.0, math.inf, 0

    def lr(self, step, share):
        return self.base * self.scale

    def observe(self, loss):
        if loss < self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            self.scale, self.waited = self.scale * self.factor, 0

    def state(self):
        return {"scale": self.scale, "best": self.best, "waited": self.waited}
