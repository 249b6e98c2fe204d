"""One training step of a language model in PyTorch and in JAX: the same work as ours.

That is forward pass, mean cross-entropy, backward pass, clipping by global norm and Adam. The state is
carried from step to step and detached. The libraries are imported late, because only the process of their side needs
them.
"""

import os
from typing import NamedTuple

import numpy as np

LIMIT = 5.0
RATE = 1e-3


class Shape(NamedTuple):
    """A model, and a batch of N rows of T of V symbols. `embed` is 0 for one-hot input."""

    cell: str
    layers: int
    H: int
    N: int
    T: int
    V: int
    embed: int = 0
    tied: bool = False  # whether the embedding is the output matrix, too

    @property
    def title(self):
        embedding = f" emb {self.embed}" if self.embed else ""
        return f"{self.cell} {self.layers}x{self.H} N={self.N} T={self.T} V={self.V}" + (
            " tied" if self.tied else embedding
        )


def batch(shape):
    """x, y (T, N) of symbols; the same for every side."""
    return np.random.default_rng(1).integers(0, shape.V, (2, shape.T, shape.N))


def in_pytorch(shape, threads):
    """A function that takes one training step in PyTorch."""
    import torch
    from torch.nn.functional import cross_entropy, one_hot

    cell, layers, H, _, _, V, embed, tied = shape
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    rnn = kind(embed or V, H, layers)
    parts = torch.nn.ModuleList([rnn, torch.nn.Linear(H, V)] + ([torch.nn.Embedding(V, embed)] if embed else []))
    if tied:
        parts[1].weight = parts[2].weight
    adam = torch.optim.Adam(parts.parameters(), lr=RATE)
    x, y = torch.from_numpy(batch(shape))
    state = None

    def step():
        nonlocal state
        h = parts[2](x) if embed else one_hot(x, V).float()
        h, state = rnn(h, state)
        state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
        loss = cross_entropy(parts[1](h).reshape(-1, V), y.reshape(-1))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parts.parameters(), LIMIT)
        adam.step()

    return step


def jax_loss(cell):
    """loss(params, states, x, y) -> (mean cross-entropy, last states) in JAX, for x, y integers (T, N).

    `params` is {"layers": [{"Wx" (D, G*H), "Wh" (H, G*H), "b" (G*H,)}, ...], "W" (H, V), "bias" (V,)}, with
    "bh" (H,) in the layers of a GRU, and "embedding" (V, D) if there is one, which without W is the output matrix, too;
    gates in the order of torch.nn.
    `states` has a state for each layer: h (N, H), or (h, c) for an LSTM.
    """
    import jax
    import jax.numpy as jnp

    sigmoid, tanh = jax.nn.sigmoid, jnp.tanh

    # One step: the state and a = x Wx + b, which does not depend on the state -> the new state, h.
    def rnn(p, h, a):
        h = tanh(a + h @ p["Wh"])
        return h, h

    def gru(p, h, a):
        m = h @ p["Wh"]
        H = h.shape[1]
        r, z = jnp.split(sigmoid(a[:, : 2 * H] + m[:, : 2 * H]), 2, axis=1)
        n = tanh(a[:, 2 * H :] + r * (m[:, 2 * H :] + p["bh"]))
        h = (1 - z) * n + z * h
        return h, h

    def lstm(p, state, a):
        h, c = state
        i, f, g, o = jnp.split(a + h @ p["Wh"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return (h, c), h

    kind = {"rnn": rnn, "gru": gru, "lstm": lstm}[cell]

    def loss(params, states, x, y):
        # One-hot rows times Wx are rows of Wx. All products with inputs are one product, before the scan.
        h = params["embedding"][x] if "embedding" in params else None
        last = []
        for p, state in zip(params["layers"], states):
            a = (p["Wx"][x] if h is None else h @ p["Wx"]) + p["b"]
            state, h = jax.lax.scan(lambda state, a, p=p: kind(p, state, a), state, a)
            last.append(state)
        W = params["W"] if "W" in params else params["embedding"].T
        logs = jax.nn.log_softmax(h @ W + params["bias"])
        return -jnp.take_along_axis(logs, y[..., None], axis=2).mean(), last

    return loss


def jax_weights(cell, layers, H, V, embed, tied=False):
    """Weights for `jax_loss`, uniform within 1/sqrt(H) as in torch.nn, float32."""
    rng = np.random.default_rng(0)

    def weight(*shape):
        return rng.uniform(-(H**-0.5), H**-0.5, shape).astype(np.float32)

    G = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    params = {"layers": [], "bias": weight(V)} | ({} if tied else {"W": weight(H, V)})
    for D in [embed or V] + [H] * (layers - 1):
        params["layers"].append({"Wx": weight(D, G * H), "Wh": weight(H, G * H), "b": weight(G * H)})
        if cell == "gru":
            params["layers"][-1]["bh"] = weight(H)
    if embed:
        params["embedding"] = weight(V, embed)
    return params


def in_jax(shape, cores):
    """A function that takes one training step in JAX, compiled as a whole; with `cores` 1 it uses one core."""
    if cores == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import jax
    import jax.numpy as jnp

    cell, layers, H, N, _, V, embed, tied = shape
    jax.config.update("jax_platforms", "cpu")
    tree = jax.tree.map
    loss = jax_loss(cell)

    def update(params, m, v, count, states, x, y):
        # The gradient is with respect to the first argument only: the states are detached.
        (mean, states), grads = jax.value_and_grad(loss, has_aux=True)(params, states, x, y)
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(grads)))
        grads = tree(lambda g: g * jnp.minimum(1, LIMIT / norm), grads)
        count += 1
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
        m_share, v_share = 1 - 0.9**count, 1 - 0.999**count
        params = tree(lambda p, m, v: p - RATE * m / m_share / (jnp.sqrt(v / v_share) + 1e-8), params, m, v)
        return (params, m, v, count, states), mean

    update = jax.jit(update, donate_argnums=range(5))
    x, y = jnp.asarray(batch(shape))
    params = tree(jnp.asarray, jax_weights(cell, layers, H, V, embed, tied))
    m, v = tree(jnp.zeros_like, params), tree(jnp.zeros_like, params)
    states = list(np.zeros((layers, N, H), np.float32))
    if cell == "lstm":
        states = list(zip(states, states))
    memory = (params, m, v, jnp.int32(0), tree(jnp.array, states))

    def step():
        nonlocal memory
        memory, _ = jax.block_until_ready(update(*memory, x, y))

    return step
