"""How far a run is: what it counts and measures, and what of that a checkpoint keeps."""

import math
import time
from collections import deque

# Who wants a validation more often than every so many steps gets one right before the last step, too.
OFTEN = 10


class Standing:
    """What a `Run` knows of how far it is. It has the `options` and the `streams` that say how far there is to go,
    and the `parts` that learn.

    `step` counts the updates done, and `states` are the hidden states of the shards after them. `best` is
    the lowest validation loss, `waited` the number of validations since it, and `rollbacks` counts how
    often the run went back to a checkpoint. `row_totals` are sums since the last row of the log (steps,
    losses, accuracies, gradient norms), `epoch_totals` sums of the epoch (losses, accuracies).
    """

    kept = ("best", "waited", "states", "rollbacks", "row_totals", "epoch_totals")

    @property
    def optimizer(self):
        return self.parts["optimizer"]

    @property
    def schedule(self):
        return self.parts["schedule"]

    @property
    def average(self):
        return self.parts.get("average")

    def begin(self, states: list) -> None:
        """At the first step, with these hidden states."""
        self.spent = 0.0
        self.start_clock()
        self.step, self.best, self.waited, self.rollbacks = 0, math.inf, 0, 0
        self.states, self.row_totals, self.epoch_totals = states, [0, 0.0, 0.0, 0.0], [0.0, 0.0]
        self.recent = deque(maxlen=50)  # The last losses, for those who watch. No checkpoint keeps them.

    def start_clock(self) -> None:
        """Has the clock go on from where it stood when the run began or was loaded."""
        self.started = time.perf_counter() - self.spent

    def state(self) -> dict:
        """The section `progress` of a checkpoint."""
        epoch, position = divmod(self.step, self.streams.steps_per_epoch)
        counts = {"step": self.step, "epoch": epoch, "position": position, "symbols": self.symbols}
        return counts | {"seconds": self.seconds} | {name: getattr(self, name) for name in self.kept}

    def load_state(self, state: dict) -> None:
        """Goes to where `state` was called."""
        self.spent = state["seconds"]
        self.start_clock()
        for name in ("step", *self.kept):
            setattr(self, name, state[name])
        # The rate of the last step: a row for the log may come before the next one.
        done = self.share if self.length is None else (self.step - 1) / self.length
        self.optimizer.lr = self.schedule.lr(max(0, self.step - 1), max(0.0, done))

    def count_step(self, loss: float, accuracy: float, norm: float) -> None:
        """One more update, with what was measured in it."""
        if self.step % self.streams.steps_per_epoch == 0:
            self.epoch_totals = [0.0, 0.0]
        self.step += 1
        self.epoch_totals = added(self.epoch_totals, (loss, accuracy))
        self.row_totals = added(self.row_totals, (1, loss, accuracy, norm))
        self.recent.append(loss)

    def new_row(self) -> dict:
        """A row for the log: where the run stands, and the means of training since the row before."""
        steps, *sums = self.row_totals
        means = [total / steps for total in sums] if steps else []
        self.row_totals = [0, 0.0, 0.0, 0.0]
        where = {"step": self.step, "epoch": self.epoch, "symbols": self.symbols, "seconds": self.seconds}
        return where | {"lr": self.optimizer.lr} | dict(zip(("train_loss", "train_accuracy", "grad_norm"), means))

    @property
    def seconds(self) -> float:
        """Wall time of the run so far, without interruptions."""
        return time.perf_counter() - self.started

    @property
    def symbols(self) -> int:
        """Symbols trained on so far, each as often as it was seen."""
        return self.step * self.streams.N * self.streams.T

    @property
    def epoch(self) -> float:
        """How often the run has gone through the text."""
        return self.step / self.streams.steps_per_epoch

    @property
    def share(self) -> float:
        """How much of the run is over, 0 to 1."""
        if self.length is None:
            return min(1.0, self.seconds / (60 * self.options["minutes"]))
        return min(1.0, self.step / self.length)

    @property
    def length(self) -> float | None:
        """How many steps the run has; None if a clock decides."""
        o = self.options
        if o["minutes"] is not None:
            return None
        return o["steps"] if o["steps"] is not None else o["epochs"] * self.streams.steps_per_epoch

    def validation_due(self, over: bool) -> bool:
        """Whether a validation follows this step: the last one has one, and the one before it then needs none."""
        every = self.options["eval_every"]
        last_is_next = self.length is not None and self.step + 1 >= self.length
        return over or (due(every, self.step) and not (last_is_next and every >= OFTEN))

    @property
    def over(self) -> bool:
        """Whether the run has had its length, or --patience has run out."""
        return self.share >= 1 or self.out_of_patience

    @property
    def out_of_patience(self) -> bool:
        """Whether --patience validations have passed without a better one."""
        return 0 < self.options["patience"] <= self.waited


def due(every: int, step: int) -> bool:
    """Whether something that happens every N steps (0: never) is due after this one."""
    return every > 0 and step % every == 0


def added(totals: list[float], values: tuple[float, ...]) -> list[float]:
    return [total + value for total, value in zip(totals, values)]
