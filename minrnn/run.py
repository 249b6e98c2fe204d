"""A training run: everything that changes while it learns, one step of it, and its way into and out of a file."""

import hashlib
import math
import time

import numpy as np
from threadpoolctl import threadpool_limits

from data import LEVELS, Streams, Text, TextError, fit, split, vocabulary_from, windows
from optim import OPTIMIZERS, SCHEDULES, clip_norm, clip_value, global_norm

from . import checkpoint
from .model import LanguageModel
from .report import count
from .shards import Shards

PROMPT = 400


class DivergedError(ArithmeticError):
    """The loss or the gradient is no finite number any more. The message is one line for the user."""


class Run:
    """A model, its text, its optimiser, and where it stands.

    `step` counts the updates done. All randomness is a function of (seed, step, shard), so there is
    no generator whose state could be lost.
    """

    def __init__(self, options, saved=None):
        """A new run with these options, or the one whose checkpoint is `saved`, where it stopped."""
        self.options = options
        self.notes = []
        self.read_text(saved)
        self.build(saved)
        if saved is not None:
            self.restore(saved)
        self.started = time.perf_counter() - self.seconds_before

    def read_text(self, saved):
        """Text -> numbers -> training streams and held-out part; batches shrink to what the text can fill."""
        o = self.options
        text = Text(o["text"])
        if saved is not None:
            self.vocabulary = vocabulary_from(saved["vocab"])
        else:
            self.vocabulary = LEVELS[o["level"]].learn(text, o["vocab_size"], o["lowercase"])
        symbols = self.vocabulary.encode_text(text)
        self.notes += text.all_notes()
        self.digest = {"symbols": len(symbols), "sha256": hashlib.sha256(symbols).hexdigest()}
        if saved is not None and saved["config"]["text"] != self.digest:
            raise TextError("the text is not the one this run began with; name that one, or start a new run")
        if not len(symbols):
            raise TextError(f"{' '.join(o['text'])} is empty; give a text with something in it")
        train, self.held_out = split(symbols, o["val"])
        if len(train) < 2 or (o["val"] and len(self.held_out) < 2):
            raise TextError(
                f"the text has only {len(symbols)} symbols, too few to learn from"
                + (" and to hold some out; give a longer one, or --val 0" if o["val"] else "; give a longer one")
            )
        self.N, self.T = fit(len(train), o["batch_size"], o["seq_len"])
        if (self.N, self.T) != (o["batch_size"], o["seq_len"]):
            self.notes.append(
                f"the text fills no batch of {o['batch_size']} x {o['seq_len']}; using {self.N} x {self.T}"
            )
        self.streams = Streams(train, self.N, self.T, o["carry"])
        self.summary = (
            f"{count(len(text.files), 'file')}, {count(len(symbols), 'symbol')}, {len(self.vocabulary)} different"
        )
        # How many characters a symbol stands for, to report bits a character.
        self.width = self.vocabulary.characters(symbols) / len(symbols)

    def build(self, saved):
        o = self.options
        rng = np.random.default_rng(o["seed"])
        if saved is not None:
            sizes = saved["config"]["model"]
        else:
            names = ("cell", "layers", "hidden", "embed", "dropout", "gru_reset")
            sizes = {"V": len(self.vocabulary), **{name: o[name] for name in names}}
        self.model = LanguageModel(**sizes, rng=rng)
        self.shards = Shards(self.model, min(o["shards"], self.N), o["threads"])
        settings = {
            "sgd": {"momentum": o["momentum"]},
            "rmsprop": {"rho": o["rho"]},
            "adam": {"beta1": o["beta1"], "beta2": o["beta2"], "weight_decay": o["weight_decay"]},
        }[o["optimizer"]]
        self.optimizer = OPTIMIZERS[o["optimizer"]](self.model.params.size, o["lr"], **settings)
        settings = {
            "constant": {},
            "staircase": {"factor": o["decay"], "every": o["decay_every"]},
            "cosine": {"warmup": o["warmup"], "final": o["final_lr"]},
            "plateau": {"factor": o["decay"], "patience": o["decay_patience"]},
        }[o["schedule"]]
        self.schedule = SCHEDULES[o["schedule"]](o["lr"], **settings)
        self.step = 0
        self.best = math.inf
        self.seconds_before = 0.0
        self.states = self.shards.zero_states(self.N)
        # Losses and gradient norms since the last row of the log.
        self.losses, self.norms = [], []

    def introduction(self):
        """What a person wants to know before it begins, a line each."""
        m, o = self.model.config, self.options
        inputs = f"embedding {m['embed']}" if m["embed"] else "one-hot input"
        size = count(self.model.params.size, "parameter")
        return "\n".join(
            [
                f"text: {self.summary}, {count(len(self.held_out), 'symbol')} held out",
                *(f"note: {line}" for line in self.notes),
                f"model: {m['cell']} {m['layers']} x {m['hidden']}, {inputs}, {size}",
                f"batch: {self.N} rows of {self.T}, {count(self.streams.steps_per_epoch, 'step')} an epoch,"
                f" {count(len(self.shards.replicas), 'shard')} on {count(o['threads'], 'thread')}",
            ]
        )

    def prompt(self):
        """What samples go on from: the beginning of the held-out (or else the learned) text, as whole lines."""
        text = (self.held_out if len(self.held_out) else self.streams.symbols)[:PROMPT]
        ends = np.flatnonzero(text == self.vocabulary.opening()[0])
        return text[: ends[-1] + 1] if len(ends) else text

    # Where the run stands.

    @property
    def seconds(self):
        """Wall time of the run so far, interruptions left out."""
        return time.perf_counter() - self.started

    @property
    def symbols(self):
        """Symbols trained on so far, each as often as it was seen."""
        return self.step * self.N * self.T

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

    # What it does.

    def train_step(self):
        """One update of the weights.

        Raises DivergedError, with nothing changed, where the loss or the gradient is not finite.
        """
        o = self.options
        x, y = self.streams.batch(self.step)
        if self.streams.starts_from_zero(self.step):
            self.states = self.shards.zero_states(self.N)
        count = len(self.shards.replicas)
        rngs = [np.random.default_rng((o["seed"], self.step, k)) if o["dropout"] else None for k in range(count)]
        loss, _, states = self.shards.gradient(x, y, self.states, rngs)
        grads = self.model.grads
        norm = global_norm(grads)
        if not math.isfinite(loss + norm):
            raise DivergedError(
                f"step {self.step + 1}: the loss is {loss:.4g} and the gradient's norm {norm:.4g}; "
                "the step was not taken; try a lower --lr or --clip-norm"
            )
        if o["clip_value"]:
            clip_value(grads, o["clip_value"])
        if o["clip_norm"]:
            clip_norm(grads, o["clip_norm"], global_norm(grads) if o["clip_value"] else norm)
        self.optimizer.lr = self.schedule.lr(self.step, self.share)
        self.optimizer.step(self.model.params, grads)
        self.states = states
        self.step += 1
        self.losses.append(loss)
        self.norms.append(norm)

    def validate(self):
        """(loss in nats a symbol, accuracy, whether that loss is the lowest yet) on the held-out text."""
        N, T = fit(len(self.held_out), self.N, self.T)
        loss, accuracy = self.shards.evaluate(windows(self.held_out, N, T))
        self.schedule.observe(loss)
        best = loss < self.best
        self.best = min(self.best, loss)
        return loss, accuracy, best

    # Files.

    def save(self, path):
        epoch, position = divmod(self.step, self.streams.steps_per_epoch)
        checkpoint.save(
            path,
            {
                "config": {"model": self.model.config, "options": self.options, "text": self.digest},
                "vocab": self.vocabulary.as_dict(),
                "weights": {name: w.copy() for name, w in self.model.weights().items()},
                "optimizer": {**self.optimizer.state(), "schedule": self.schedule.state()},
                "progress": {
                    "step": self.step, "epoch": epoch, "position": position, "symbols": self.symbols,
                    "seconds": self.seconds, "best": self.best, "states": self.states,
                    "losses": self.losses, "norms": self.norms,
                },
                "rng": {"seed": self.options["seed"], "step": self.step},
            },
        )  # fmt: skip

    def restore(self, saved):
        load_weights(self.model, saved["weights"])
        self.optimizer.load_state(saved["optimizer"])
        self.schedule.load_state(saved["optimizer"]["schedule"])
        progress = saved["progress"]
        self.step, self.best, self.states = progress["step"], progress["best"], progress["states"]
        self.losses, self.norms = progress["losses"], progress["norms"]
        self.seconds_before = progress["seconds"]


def load_weights(model, weights):
    """Copies weights by name into the model; CheckpointError where names or shapes differ."""
    mine = model.weights()
    if set(mine) != set(weights):
        odd = ", ".join(sorted(set(mine) ^ set(weights)))
        raise checkpoint.CheckpointError(f"the checkpoint's weights do not fit its configuration: {odd}")
    for name, w in mine.items():
        if w.shape != np.shape(weights[name]):
            raise checkpoint.CheckpointError(
                f"the checkpoint's {name} has shape {np.shape(weights[name])}; its configuration asks for {w.shape}"
            )
        w[:] = weights[name]


def load_model(path):
    """(model, vocabulary) from a checkpoint, for generation and scoring."""
    saved = checkpoint.load(path)
    # The products of one stream are too small to be worth a second thread.
    threadpool_limits(1, user_api="blas")
    model = LanguageModel(**saved["config"]["model"], rng=np.random.default_rng(0))
    load_weights(model, saved["weights"])
    model.reuse_memory()
    return model, vocabulary_from(saved["vocab"])
