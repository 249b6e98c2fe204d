"""A training run: everything that changes while it learns, one step of it, and its way into and out of a file."""

import math
import time
from collections import deque

import numpy as np

from data import Streams, fit, windows
from optim import clip_norm, clip_value, global_norm

from .. import checkpoint
from ..checkpoint.parts import load_parts, make_parts, state_of
from ..checkpoint.pretrained import load_weights, model_and_vocabulary
from ..checkpoint.tree import NotFiniteError
from ..options.arguments import TINY
from ..options.table import lasting
from ..parallel.shards import Shards
from ..system.wording import advice, plural
from .corpus import Corpus
from .new_model import new_model
from .randomness import DROPOUT

# What a run remembers of its last steps.
MEASURED = ("row_totals", "epoch_totals")

# Symbols that a row of the validation has at least, where the text is long enough.
LEAST_ROW = 1000


CURE = "try a lower --lr or --clip-norm"


class DivergedError(ArithmeticError):
    """The loss or the gradient is no finite number any more. The message is one line for the user."""

    exit_status = 1


class Run:
    """A model, its text, its optimiser, and where it stands.

    `step` counts the updates done. All randomness is a function of (seed, step, shard), so there is
    no generator whose state could be lost.
    """

    def __init__(self, options, saved=None):
        """A new run with these options, or the one whose checkpoint is `saved`, where it stopped."""
        self.options = options
        if saved is None:
            self.corpus = Corpus(options)
            self.model = new_model(len(self.corpus.vocabulary), options)
        else:
            self.model, vocabulary = model_and_vocabulary(saved)
            self.corpus = Corpus(options, vocabulary, saved["config"]["text"])
        self.build()
        if saved is not None:
            self.restore(saved)
        self.started = time.perf_counter() - self.seconds_before

    def build(self):
        """Everything around the model and its text, as it is before the first step."""
        o = self.options
        N, T = fit(len(self.corpus.train), o["batch_size"], o["seq_len"])
        self.streams = Streams(self.corpus.train, N, T, o["carry"])
        self.shards = Shards(self.model, min(o["shards"], N), o["threads"])
        self.build_optimizer()
        self.step, self.rollbacks = 0, 0
        self.best, self.waited = math.inf, 0
        self.seconds_before = 0.0
        self.states = self.shards.zero_states(self.streams.N)
        # Sums since the last row of the log (steps, losses, accuracies, norms), and of the epoch (losses, accuracies).
        self.row_totals = [0, 0.0, 0.0, 0.0]
        self.epoch_totals = [0.0, 0.0]
        # For those who watch, and in no checkpoint: the last losses.
        self.recent = deque(maxlen=50)

    def build_optimizer(self):
        self.parts = make_parts(self.options, self.model.params.size)
        self.optimizer, self.schedule = self.parts["optimizer"], self.parts["schedule"]

    def introduction(self):
        """What a person wants to know before it begins, a line each."""
        m, o, s = self.model.config, self.options, self.streams
        inputs = f"embedding {m['embed']}" if m["embed"] else "one-hot input"
        size = plural(self.model.params.size, "parameter")
        asked = (o["batch_size"], o["seq_len"])
        shrunk = f" (the text fills none of {asked[0]} x {asked[1]})" if (s.N, s.T) != asked else ""
        return "\n".join(
            [
                *self.corpus.introduction(),
                f"model: {m['cell']} {m['layers']} x {m['hidden']}, {inputs}, {size}",
                f"advice: {advice(self.model.params.size, len(self.corpus.train))}",
                f"batch: {s.N} rows of {s.T}{shrunk}, {plural(s.steps_per_epoch, 'step')} an epoch,"
                f" {plural(len(self.shards.replicas), 'shard')} on {plural(o['threads'], 'thread')}",
            ]
        )

    # Where the run stands.

    @property
    def seconds(self):
        """Wall time of the run so far, interruptions left out."""
        return time.perf_counter() - self.started

    @property
    def symbols(self):
        """Symbols trained on so far, each as often as it was seen."""
        return self.step * self.streams.N * self.streams.T

    @property
    def epoch(self):
        return self.step / self.streams.steps_per_epoch

    @property
    def share(self):
        """How much of the run is over, 0 to 1."""
        o = self.options
        if o["minutes"] is not None:
            return min(1.0, self.seconds / (60 * o["minutes"]))
        total = o["steps"] if o["steps"] is not None else o["epochs"] * self.streams.steps_per_epoch
        return min(1.0, self.step / total)

    @property
    def over(self):
        """Whether the run has had its length, or --patience has run out."""
        return self.share >= 1 or self.out_of_patience

    @property
    def out_of_patience(self):
        """Whether --patience validations have passed without a better one."""
        return 0 < self.options["patience"] <= self.waited

    # What it does.

    def next_batch(self):
        """(x, y, the state of each shard before it) of the step to come."""
        x, y = self.streams.batch(self.step)
        zero = self.streams.starts_from_zero(self.step)
        return x, y, self.shards.zero_states(self.streams.N) if zero else self.states

    def train_step(self):
        """One update of the weights.

        Raises DivergedError, with nothing changed, where the loss or the gradient is not finite.
        """
        o = self.options
        count = len(self.shards.replicas)
        rngs = [np.random.default_rng((DROPOUT, o["seed"], self.step, k)) for k in range(count)]
        loss, accuracy, states = self.shards.gradient(*self.next_batch(), rngs if o["dropout"] else [None] * count)
        grads = self.model.grads
        norm = global_norm(grads)
        if not math.isfinite(loss + norm):
            raise DivergedError(
                f"step {self.step + 1}: the loss is {loss:.4g} and the gradient's norm {norm:.4g}; "
                f"the step was not taken; {CURE}"
            )
        if o["clip_value"]:
            clip_value(grads, o["clip_value"])
        if o["clip_norm"]:
            clip_norm(grads, o["clip_norm"], global_norm(grads) if o["clip_value"] else norm)
        self.optimizer.lr = self.schedule.lr(self.step, self.share)
        self.optimizer.step(self.model.params, grads)
        self.states = states
        if self.step % self.streams.steps_per_epoch == 0:
            self.epoch_totals = [0.0, 0.0]
        self.step += 1
        self.epoch_totals = added(self.epoch_totals, (loss, accuracy))
        self.row_totals = added(self.row_totals, (1, loss, accuracy, norm))
        self.recent.append(loss)

    def held_out_windows(self):
        """The held-out text as (x, y) batches."""
        held_out = self.corpus.held_out
        # A row begins from a zero state, which costs its first symbols: a short text has fewer rows.
        N, T = fit(len(held_out), min(self.streams.N, max(1, len(held_out) // LEAST_ROW)), self.streams.T)
        return windows(held_out, N, T)

    def validate(self):
        """(loss in nats a symbol, accuracy, whether that loss is the lowest yet) on the held-out text."""
        loss, accuracy = self.shards.evaluate(self.held_out_windows())
        if not math.isfinite(loss):
            raise DivergedError(f"step {self.step}: the validation loss is {loss:.4g}; {CURE}")
        self.schedule.observe(loss)
        best = loss < self.best
        self.waited = 0 if best else self.waited + 1
        self.best = min(self.best, loss)
        return loss, accuracy, best

    # Files.

    def save(self, path):
        """Writes a checkpoint. Raises DivergedError, with nothing written, where the weights are no finite numbers."""
        epoch, position = divmod(self.step, self.streams.steps_per_epoch)
        sections = {
            "config": {"model": self.model.config, "options": lasting(self.options), "text": self.corpus.digest},
            "vocab": self.corpus.vocabulary.as_dict(),
            "weights": self.model.weights(),
            "optimizer": state_of(self.parts),
            "progress": {
                "step": self.step, "epoch": epoch, "position": position, "symbols": self.symbols,
                "seconds": self.seconds, "best": self.best, "waited": self.waited, "states": self.states,
                "rollbacks": self.rollbacks,
                **{name: getattr(self, name) for name in MEASURED},
            },
            "rng": {"seed": self.options["seed"], "step": self.step},
        }  # fmt: skip
        try:
            checkpoint.save(path, sections)
        except NotFiniteError as error:
            raise DivergedError(f"step {self.step}: the checkpoint was not saved, {error}; {CURE}") from None

    def restore(self, saved):
        load_parts(self.parts, saved["optimizer"])
        progress = saved["progress"]
        self.step, self.best, self.states = progress["step"], progress["best"], progress["states"]
        self.waited, self.rollbacks = progress["waited"], progress["rollbacks"]
        for name in MEASURED:
            setattr(self, name, progress[name])
        self.seconds_before = progress["seconds"]

    def go_back(self, saved):
        """To where this run's checkpoint `saved` was, but with half the learning rate. The clock goes on."""
        rollbacks = self.rollbacks + 1
        load_weights(self.model, saved["weights"])
        self.options["lr"] = max(self.options["lr"] / 2, TINY)
        self.build_optimizer()
        self.restore(saved)
        self.rollbacks = rollbacks


def added(totals, values):
    return [total + value for total, value in zip(totals, values)]
