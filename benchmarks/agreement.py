#!/usr/bin/env python3
"""Trains a recipe here and in PyTorch side by side, and prints how far apart the two loss curves are.

It takes LSTMs, and GRUs with the reset gate before the product, with Adam or SGD and clipping by norm.

Both sides start from the same weights and see the same batches and dropout masks. Everything else on the
other side is PyTorch's own: the products, autograd, the clipping and the optimiser.

    python benchmarks/agreement.py --preset anna-lstm --steps 200 anna.txt

If learning is unstable for a while, any two float32 runs drift apart. --float64 shows whether that is
the reason, or whether the two sides compute different things.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.in_torch import in_torch, torch_optimizer
from minrnn.checkpoint.pretrained import load_weights
from minrnn.nn.build import build
from minrnn.options.resolve import resolve
from minrnn.system.cores import physical_cores
from minrnn.training.run import Run


class TorchLSTM(nn.Module):
    """One layer of torch.nn.LSTM."""

    def __init__(self, params, options):
        super().__init__()
        self.params = nn.ParameterDict(params)

    def forward(self, x, state):
        h, last = in_torch("lstm", [self.params], x, None if state is None else [state])
        return h, last[0]


class TorchGRU(nn.Module):
    """The GRU with the reset gate before the product, written in PyTorch's operations: torch.nn does not have it."""

    def __init__(self, params, options):
        super().__init__()
        assert options["gru_reset"] == "before"
        self.Wx, self.Wh, self.b = (nn.Parameter(params[name].clone()) for name in ("Wx", "Wh", "b"))
        self.gate = (lambda a: (0.2 * a + 0.5).clamp(0, 1)) if options["gates"] == "hard" else torch.sigmoid

    def forward(self, x, h):
        H = self.Wh.shape[0]
        h = x.new_zeros(x.shape[1], H) if h is None else h
        hs = []
        for a in x @ self.Wx + self.b:
            r, z = self.gate(a[:, : 2 * H] + h @ self.Wh[:, : 2 * H]).chunk(2, dim=1)
            n = torch.tanh(a[:, 2 * H :] + (r * h) @ self.Wh[:, 2 * H :])
            h = (1 - z) * n + z * h
            hs.append(h)
        return torch.stack(hs), h


class TorchModel(nn.Module):
    """The language model of a run, with its current weights."""

    def __init__(self, run):
        super().__init__()
        weights = {name: torch.from_numpy(w.copy()) for name, w in run.model.weights().items()}
        o, self.V = run.options, run.model.config["V"]
        self.embedding = nn.Parameter(weights["embedding"]) if o["embed"] else None
        kind = {"lstm": TorchLSTM, "gru": TorchGRU}[o["cell"]]
        self.layers = nn.ModuleList(
            kind({key.split(".")[2]: w for key, w in weights.items() if key.startswith(f"layers.{k}.")}, o)
            for k in range(o["layers"])
        )
        self.W, self.b = nn.Parameter(weights["output.W"]), nn.Parameter(weights["output.b"])

    def forward(self, x, states, masks):
        """x (T, N); a mask (or None) for the input of each layer and for the last output -> logits, states."""
        h = F.one_hot(x, self.V).to(self.W.dtype) if self.embedding is None else self.embedding[x]
        last = []
        for layer, state, mask in zip(self.layers, states, masks):
            h, state = layer(h if mask is None else h * mask, state)
            last.append(tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach())
        return (h if masks[-1] is None else h * masks[-1]) @ self.W + self.b, last


def drawn_masks(run):
    """The dropout masks of the run's last step, for `TorchModel.forward`; the shards are put side by side."""
    shards = [
        [d.mask for d in (*replica.stacks["layers"].dropouts, replica.dropout)] for replica in run.shards.replicas
    ]
    return [None if masks[0] is None else torch.from_numpy(np.concatenate(masks, axis=1)) for masks in zip(*shards)]


def validation_loss(model, run):
    """PyTorch's loss on the held-out text, which is read in the same rows as in the run."""
    states, total, symbols = [None] * run.options["layers"], 0.0, 0
    with torch.no_grad():
        for batch in run.held_out_windows():
            x, y = map(torch.from_numpy, batch)
            logits, states = model(x, states, [None] * (len(states) + 1))
            total += F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum").item()
            symbols += y.numel()
    return total / symbols


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text", nargs="+")
    p.add_argument("--preset", required=True)
    p.add_argument("--steps", type=int, default=200)
    p.add_argument("--rows", type=int, default=10, help="rows of the table")
    p.add_argument("--float64", action="store_true", help="use double precision on both sides")
    p.add_argument("--threads", type=int, default=physical_cores(), help="threads of each side")
    given = p.parse_args()

    torch.set_num_threads(given.threads)
    run = Run(resolve({"preset": given.preset, "text": given.text, "threads": given.threads}))
    if given.float64:
        torch.set_default_dtype(torch.float64)
        model = build(run.model.config, dtype=np.float64)
        load_weights(model, run.model.weights())
        run.model = model
        run.build()
    o = run.options
    model = TorchModel(run)
    optimizer = torch_optimizer(model.parameters(), o)
    states = [None] * o["layers"]
    ours, theirs, seconds = [], [], np.zeros(2)
    print(f"{given.preset}: {run.model.params.size:,} parameters, {run.streams.steps_per_epoch} steps an epoch")
    print("steps        ours     PyTorch   largest difference so far")
    for step in range(given.steps):
        x, y = map(torch.from_numpy, run.streams.batch(step))
        if run.streams.starts_from_zero(step):
            states = [None] * o["layers"]
        began = time.perf_counter()
        run.train_step()
        between = time.perf_counter()
        logits, states = model(x, states, drawn_masks(run))
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        if o["clip_norm"]:
            nn.utils.clip_grad_norm_(model.parameters(), o["clip_norm"])
        for group in optimizer.param_groups:
            group["lr"] = run.optimizer.lr
        optimizer.step()
        seconds += between - began, time.perf_counter() - between
        ours.append(run.recent[-1])
        theirs.append(loss.item())
        if (step + 1) % max(1, given.steps // given.rows) == 0:
            apart = np.abs(np.subtract(ours, theirs)).max()
            print(f"{step + 1:5}  {ours[-1]:10.6f}  {theirs[-1]:10.6f}   {apart:.1e}", flush=True)
    means = [np.mean(losses[-run.streams.steps_per_epoch :]) for losses in (ours, theirs)]
    print("mean of the last epoch or of all steps, if fewer: {:.4f} and {:.4f}".format(*means))
    if len(run.corpus.held_out):
        print(f"validation loss: {run.validate()[0]:.4f} and {validation_loss(model, run):.4f}")
    print("seconds: {:.0f} and {:.0f}".format(*seconds))


if __name__ == "__main__":
    main()
