"""Learning rates over a run. Every schedule answers what lr is now, and is told how well training goes.

schedule.lr(step, share)     step counts from 0; share in [0, 1] is how much of the run is over
schedule.observe(loss)       after each validation; only `Plateau` listens
"""

import math


class Constant:
    """The same rate throughout. The other schedules derive from it, and name what they keep as `scalars`."""

    scalars: tuple[str, ...] = ()

    def __init__(self, lr: float):
        self.base = lr

    def lr(self, step: int, share: float) -> float:
        """The learning rate of the step."""
        return self.base

    def observe(self, loss: float) -> None:
        """Hears of a validation loss."""

    def state(self) -> dict[str, int | float]:
        """Everything that `load_state` needs to go on as if nothing had happened."""
        return {name: getattr(self, name) for name in self.scalars}

    def load_state(self, state: dict[str, int | float]) -> None:
        """Takes over what `state` returned."""
        for name in self.scalars:
            setattr(self, name, state[name])


class Staircase(Constant):
    """Multiplied by `decay` every `decay_every` steps, counted from step `decay_start`.

    So step decay_start + decay_every is the first with a lower rate. "x 0.97 at the end of every epoch
    from the 10th on" is, with E steps an epoch, decay=0.97, decay_every=E, decay_start=9 * E.
    """

    def __init__(self, lr: float, decay: float = 0.1, decay_every: int = 5000, decay_start: int = 0):
        super().__init__(lr)
        self.decay, self.every, self.start = decay, decay_every, decay_start

    def lr(self, step: int, share: float) -> float:
        return self.base * self.decay ** max(0, (step - self.start) // self.every)


class Cosine(Constant):
    """Rises over `warmup` steps, and falls along half a cosine to `final_lr` times the rate at share 1."""

    def __init__(self, lr: float, warmup: int = 0, final_lr: float = 0.05):
        super().__init__(lr)
        self.warmup, self.final = warmup, final_lr

    def lr(self, step: int, share: float) -> float:
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        fall = self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        return self.base * rise * fall


class Plateau(Constant):
    """Multiplied by `decay` when the validation loss has not fallen for `decay_patience` validations."""

    scalars = ("scale", "best", "waited")

    def __init__(self, lr: float, decay: float = 0.5, decay_patience: int = 3):
        super().__init__(lr)
        self.decay, self.patience = decay, decay_patience
        self.scale, self.best, self.waited = 1.0, math.inf, 0

    def lr(self, step: int, share: float) -> float:
        return self.base * self.scale

    def observe(self, loss: float) -> None:
        if loss < self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            self.scale, self.waited = self.scale * self.decay, 0
