#!/usr/bin/env python3
"""Seconds until the validation loss is at most --loss, here and in PyTorch, with the same recipe, seed by seed.

    python benchmarks/time_to_loss.py --loss 1.60 --every 50 tinyshakespeare.txt --steps 1500
    python benchmarks/time_to_loss.py --loss 5.01 --every 500 ptb.train.txt ptb.valid.txt --val-files 1 --level word \\
        --hidden 200 --embed 200 --tie-weights --dropout 0.2 --batch-size 20 --seq-len 35 --lr 3e-3 --steps 15000

All other options are those of train.py, and --steps is needed: by the steps, the learning rate falls. The softmax is
over all symbols, unless --sampled-softmax is given, which our side alone follows, and there is no dropout, unless it is
given. Both sides start from the same weights, see the same batches and use the same learning rates; PyTorch has its own
LSTM, autograd, clipping and AdamW. They take turns of --every steps and a validation, each in a process of its own, and
each on all cores. The seconds are those of the steps and the validations; what comes before the first step is not
counted.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from minrnn.options.option import make_parser
from minrnn.options.resolve import resolve
from minrnn.options.training_options import GROUPS
from minrnn.training.run import Run

side = None  # in the process of a side: what `block` trains


class Ours:
    """A run as train.py makes it."""

    def __init__(self, options):
        self.run = Run(resolve(options))

    def step(self):
        self.run.train_step()

    def validate(self):
        return self.run.validate()[0]


class PyTorchs(Ours):
    """The same recipe in PyTorch: the run gives initial weights, batches and learning rates, and trains nothing."""

    def __init__(self, options):
        import torch
        from torch.nn.functional import one_hot

        super().__init__(options)
        self.torch, o, model = torch, self.run.options, self.run.model
        if o["cell"] != "lstm" or o["optimizer"] != "adam" or self.run.average:
            raise SystemExit("this benchmark compares LSTMs that learn by Adam, without an average of the weights")
        torch.set_num_threads(o["threads"])
        torch.manual_seed(o["seed"])
        weights = {name: torch.from_numpy(w.copy()) for name, w in model.weights().items()}
        V, H = model.config["V"], o["hidden"]
        self.lstm = torch.nn.LSTM(o["embed"] or V, H, o["layers"], dropout=o["dropout"])
        self.out, self.drop = torch.nn.Linear(H, V), torch.nn.Dropout(o["dropout"])
        self.embedding = torch.nn.Embedding(V, o["embed"]) if o["embed"] else lambda x: one_hot(x, V).float()
        own = {
            f"{name}_l{k}": weights[f"layers.{k}.{key}"]
            for k in range(o["layers"])
            for name, key in (("weight_ih", "Wx"), ("weight_hh", "Wh"), ("bias_ih", "b"))
        }
        with torch.no_grad():
            for name, p in self.lstm.named_parameters():
                p.copy_(own[name].movedim(0, -1) if name in own else torch.zeros_like(p))
            if o["embed"]:
                self.embedding.weight.copy_(weights["embedding"])
            if o["tie_weights"]:
                self.out.weight = self.embedding.weight
            else:
                self.out.weight.copy_(weights["output.W"].T)
            self.out.bias.copy_(weights["output.b"])
        modules = [m for m in (self.embedding, self.lstm, self.out) if isinstance(m, torch.nn.Module)]
        self.modules = torch.nn.ModuleList([*modules, self.drop])
        self.parameters = list(self.modules.parameters())
        self.adam = torch.optim.AdamW(
            self.parameters, o["lr"], (o["beta1"], o["beta2"]), o["eps"], weight_decay=o["weight_decay"]
        )
        self.state, self.began = None, time.perf_counter()

    def loss(self, x, y, state):
        """The mean loss of a batch x, y (T, N), and the state after it."""
        h, state = self.lstm(self.embedding(self.torch.from_numpy(x)), state)
        logits = self.out(self.drop(h)).flatten(0, 1)
        return self.torch.nn.functional.cross_entropy(logits, self.torch.from_numpy(y).flatten()), state

    def step(self):
        run, o = self.run, self.run.options
        x, y = run.streams.batch(run.step)
        state = None if run.streams.starts_from_zero(run.step) else self.state
        loss, state = self.loss(x, y, state)
        self.adam.zero_grad()
        loss.backward()
        if o["clip_norm"]:
            self.torch.nn.utils.clip_grad_norm_(self.parameters, o["clip_norm"])
        for group in self.adam.param_groups:
            group["lr"] = run.schedule.lr(run.step, run.share)
        self.adam.step()
        self.state = tuple(part.detach() for part in state)
        run.step += 1

    def validate(self):
        self.modules.eval()
        total, symbols, state = 0.0, 0, None
        with self.torch.no_grad():
            for x, y in self.run.held_out.windows(self.run.held_out.part):
                loss, state = self.loss(x, y, state)
                total, symbols = total + loss.item() * y.size, symbols + y.size
        self.modules.train()
        return total / symbols


SIDES = {"minrnn": Ours, "PyTorch": PyTorchs}


def begin(name, options):
    global side
    side = SIDES[name](options)


def block(steps):
    """Trains for so many steps and validates: (seconds, validation loss)."""
    start = time.perf_counter()
    for _ in range(steps):
        side.step()
    loss = side.validate()
    return time.perf_counter() - start, loss


def race(options, goal, every):
    """{name: (seconds, steps) until the validation loss is at most `goal`}; the sides take turns."""
    spawn = get_context("spawn")  # a fork would inherit the thread pools
    pools = {name: ProcessPoolExecutor(1, spawn, begin, (name, options)) for name in SIDES}
    took, done = dict.fromkeys(pools, (0.0, 0)), {}
    try:
        for pool in pools.values():
            pool.submit(block, 0).result()  # compiles; the weights stay as they are
        while len(done) < len(pools):
            for name in pools.keys() - done.keys():
                seconds, loss = pools[name].submit(block, every).result()
                took[name] = took[name][0] + seconds, took[name][1] + every
                print(f"  {name:8} step {took[name][1]:6}  {took[name][0]:7.1f} s  validation {loss:.4f}", flush=True)
                if loss <= goal:
                    done[name] = took[name]
    finally:
        for pool in pools.values():
            pool.shutdown()
    return done


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--loss", type=float, required=True, help="the goal, in nats a symbol")
    p.add_argument("--seeds", type=int, default=3, help="how many (default 3)")
    p.add_argument("--every", type=int, default=100, help="steps between validations (default 100)")
    given, rest = p.parse_known_args()
    options = vars(make_parser(p.prog, "", GROUPS).parse_args(rest))
    if "steps" not in options:
        p.error("--steps is missing")
    ratios = []
    for seed in range(given.seeds):
        print(f"seed {seed}")
        done = race({"sampled_softmax": 0, "dropout": 0.0, **options, "seed": seed}, given.loss, given.every)
        ratios.append(done["PyTorch"][0] / done["minrnn"][0])
        print(f"seed {seed}: " + ", ".join(f"{name} {done[name][0]:.1f} s ({done[name][1]} steps)" for name in SIDES)
              + f", ratio {ratios[-1]:.2f}", flush=True)  # fmt: skip
    print(f"median ratio {np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
