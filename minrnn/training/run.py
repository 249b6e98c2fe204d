"""A training run: what changes while it learns, one step of it, and its way into a file and back."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from os import PathLike

import numpy as np

from data import Streams, fit, vocabulary_from
from optim import clip_norm, clip_value, global_norm

from .. import checkpoint
from ..checkpoint.parts import load_parts, make_parts, state_of
from ..checkpoint.pretrained import load_weights, model_and_vocabulary
from ..checkpoint.tree import NotFiniteError
from ..nn.l2 import add_l2_gradient
from ..nn.matrices import cell_matrices
from ..options.arguments import TINY
from ..options.table import lasting
from ..parallel.shards import Shards
from ..rundir.folder import checkpoint_in
from ..system.wording import plural
from .baseline import Baseline
from .corpus import Corpus
from .diverged import DivergedError
from .held_out import HeldOut
from .new_model import new_model, take_over
from .randomness import DROPOUT
from .rereading import Rereading
from .sampling import new_sampler, reading_to_learning
from .standing import Standing


class Run(Standing):
    """A model, its text, the parts that learn with it, and how far it is (see `Standing`).

    `parts` are the optimiser, the schedule and what else there is, by name: see checkpoint/parts.py.
    `known` is how many symbols the model of `--init-from` knew, in a new run that starts from one.
    `reading(windows, n)` passes on the windows of a validation of n symbols, shows them, or raises an error to stop.
    All random numbers follow from (seed, step, shard), so no generator has to be saved.
    """

    def __init__(self, options: dict, saved: dict | None = None, engine: Callable = Shards, start: dict | None = None):
        """A new run with these options, or the one whose checkpoint is `saved`, where it stopped.

        `engine(model, shards, threads)` makes what computes losses and gradients, as `Shards` does. `start` is the
        checkpoint of --init-from, if it was read. Raises TextError if the text is unusable, or not that of `saved`.
        """
        self.options, self.engine = options, engine
        self.known, self.reading = None, lambda windows, n: windows
        if saved is None:
            if options["init_from"] and start is None:
                start = checkpoint.load(checkpoint_in(options["init_from"]), need_run=False)
            vocabulary = vocabulary_from(start["vocab"]) if start else None
            self.corpus = Corpus(options, start=vocabulary)
            self.model = new_model(self.corpus.counts(), options)
            if start:
                self.known = len(vocabulary)
                take_over(self.model, start["weights"])
        else:
            self.model, vocabulary = model_and_vocabulary(saved)
            self.corpus = Corpus(options, vocabulary, saved["config"]["text"])
        self.build()
        if saved is not None:
            self.restore(saved)

    def build(self) -> None:
        """Makes everything around the model and its text, as it is before the first step."""
        o = self.options
        N, T = fit(len(self.corpus.train), o["batch_size"], o["seq_len"])
        self.streams = Streams(self.corpus.train, N, T, o["carry"])
        self.sampler = new_sampler(self.corpus, o["sampled_softmax"])
        self.rereading = Rereading(o["dropout_growth"], o["dropout"], self.model.params.size, len(self.corpus.train))
        cheaper = reading_to_learning(self.model, self.sampler, N * T)
        self.held_out = HeldOut(self.corpus.held_out, o, self.streams, cheaper)
        self.shard_count = min(o["shards"], N)
        self.model.reuse_memory()
        self.shards = self.engine(self.model, self.shard_count, o["threads"])
        self.hands = plural(o["threads"], "thread")  # For the introduction: on what the shards are computed.
        self.parts = self.new_parts()
        self.begin(self.shards.zero_states(N))

    def new_parts(self) -> dict:
        """The parts as they are before the first step."""
        return make_parts(self.options, self.model.params.size, cell_matrices(self.model))

    def next_batch(self) -> tuple[np.ndarray, np.ndarray, list]:
        """x and y of the step to come, integers (T, N), and the state of each shard before it."""
        x, y = self.streams.batch(self.step)
        zero = self.streams.starts_from_zero(self.step)
        return x, y, self.shards.zero_states(self.streams.N) if zero else self.states

    def train_step(self) -> None:
        """One update of the weights. Raises DivergedError, and changes nothing, if loss or gradient are not finite."""
        o = self.options
        sampler = self.sampler if self.share < o["sampled_share"] else None
        self.shards.set_dropout(self.rereading.dropout(self.epoch))
        random = sampler or self.model.regularisers.on
        rngs = [np.random.default_rng((DROPOUT, o["seed"], self.step, k)) if random else None for k in self.shards.own]
        loss, accuracy, states = self.shards.gradient(*self.next_batch(), rngs, sampler)
        grads = self.model.grads
        norm = global_norm(grads)
        if not math.isfinite(loss + norm):
            what = f"the loss is {loss:.4g} and the gradient's norm {norm:.4g}"
            raise DivergedError.at(self.step + 1, f"{what}; the step was not taken")
        if o["clip_value"]:
            clip_value(grads, o["clip_value"])
        if o["clip_norm"]:
            clip_norm(grads, o["clip_norm"], global_norm(grads) if o["clip_value"] else norm)
        if o["l2"]:
            add_l2_gradient(self.model, o["l2"])
        self.optimizer.lr = self.schedule.lr(self.step, self.share)
        self.optimizer.step(self.model.params, grads)
        self.states = states
        self.count_step(loss, accuracy, norm)
        if self.average:
            self.average.update(self.model.params, self.share)

    def predictions(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x and y of the step to come, integers (T, N), and the logits (T, N, V) of the model as it is."""
        x, y, states = self.next_batch()
        return x, self.model.targets(x, y), self.shards.logits(x, states)

    def ready(self) -> None:
        """All who take part in the run are ready for its first step."""

    def averaged(self) -> AbstractContextManager:
        """Inside this context, the model has the average of its weights, if the run keeps one."""
        return self.average.swapped(self.model.params) if self.average else nullcontext()

    @cached_property
    def baseline(self) -> Baseline | None:
        """The loss to beat, of a model that only counts; None if nothing is held out to compare with."""
        return Baseline.of(self)

    def held_out_windows(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The whole held-out text as batches x, y, integers (T, N)."""
        return self.held_out.windows(self.held_out.total)

    def measure(self, n: int) -> tuple[float, float]:
        """The loss on n symbols of the held-out text in nats a symbol, and the accuracy.

        Raises DivergedError if the loss is not finite.
        """
        with self.averaged():
            loss, accuracy = self.shards.evaluate(self.reading(self.held_out.windows(n), n))
        if not math.isfinite(loss):
            raise DivergedError.at(self.step, f"the validation loss is {loss:.4g}")
        return loss, accuracy

    def validate(self) -> tuple[float, float, bool]:
        """`measure` of the part that a validation reads, and whether that loss is the lowest yet.

        Raises DivergedError if the loss is not finite.
        """
        loss, accuracy = self.measure(self.held_out.part)
        self.schedule.observe(loss)
        best = loss < self.best
        self.waited = 0 if best else self.waited + 1
        self.best = min(self.best, loss)
        return loss, accuracy, best

    # Its way into a file and back.

    def save(self, path: str | PathLike) -> None:
        """Writes a checkpoint; its section `weights` has the average of them, if the run keeps one.

        Raises DivergedError, and writes nothing, if a number in it is not finite.
        """
        with self.averaged():
            sections = {
                "config": {"model": self.model.config, "options": lasting(self.options), "text": self.corpus.digest},
                "vocab": self.corpus.vocabulary.as_dict(),
                "weights": self.model.weights(),
                "optimizer": state_of(self.parts),
                "progress": self.state(),
                "rng": {"seed": self.options["seed"], "step": self.step},
            }
            try:
                checkpoint.save(path, sections)
            except NotFiniteError as error:
                raise DivergedError.at(self.step, f"the checkpoint was not saved: {error}") from None

    def restore(self, saved: dict) -> None:
        """Goes to where the checkpoint was saved. The weights of the file are there already."""
        load_parts(self.parts, saved["optimizer"])
        if self.average:
            self.average.swap(self.model.params)
        self.load_state(saved["progress"])

    def go_back(self, saved: dict) -> None:
        """Goes back to this run's checkpoint `saved`, but with half the learning rate. The clock goes on."""
        rollbacks, started = self.rollbacks + 1, self.started
        load_weights(self.model, saved["weights"])
        self.options["lr"] = max(self.options["lr"] / 2, TINY)
        self.parts = self.new_parts()
        self.restore(saved)
        self.rollbacks, self.started = rollbacks, started
