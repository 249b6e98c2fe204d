"""Our layers and optimisers in PyTorch: the parameters have our names and shapes, and torch.nn computes."""

import torch
from torch.func import functional_call

KINDS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def torch_names(params):
    """A layer's parameters {"Wx": (D, G*H), ...} as torch.nn calls them: {"weight_ih": (G*H, D), ...}.

    torch.nn adds two biases where we have one. Ours is the first. The second is zero, except for `bh`, the
    bias of a GRU inside the product with the reset gate. So gradients and norms count nothing twice.
    """
    b = params["b"]
    bh = params.get("bh", b[:0])
    return {
        "weight_ih": params["Wx"].T,
        "weight_hh": params["Wh"].T,
        "bias_ih": b,
        "bias_hh": torch.cat([torch.zeros_like(b[len(bh) :]), bh]),
    }


def in_torch(cell, layers, x, state=None):
    """The result of a stack of our layers, computed by torch.nn: x (T, N, D), state a list or None -> h, state.

    `layers` has a dict of tensors for each layer, with our names: "Wx", or "forward.Wx" and "backward.Wx".
    The state also has our form: for each layer a tensor, a pair (h, c), or a pair of these for two directions.
    """
    both_ways = "forward.Wx" in layers[0]
    halves = [
        (f"_l{k}{suffix}", {name.removeprefix(side): p for name, p in params.items() if name.startswith(side)})
        for k, params in enumerate(layers)
        for side, suffix in ([("forward.", ""), ("backward.", "_reverse")] if both_ways else [("", "")])
    ]
    weights = {name + suffix: w for suffix, params in halves for name, w in torch_names(params).items()}
    H = len(halves[0][1]["Wh"])
    module = KINDS[cell](x.shape[2], H, len(layers), bidirectional=both_ways, device="meta")
    h, last = functional_call(module, weights, (x, None if state is None else joined(state, both_ways)))
    last = list(zip(*last)) if cell == "lstm" else list(last)
    return h, list(zip(last[::2], last[1::2])) if both_ways else last


def joined(state, both_ways):
    """A state in the form of torch.nn: (layers * directions, N, H), and two of these for an LSTM."""
    parts = [half for pair in state for half in pair] if both_ways else state
    if isinstance(parts[0], tuple):
        return tuple(torch.stack(part) for part in zip(*parts))
    return torch.stack(list(parts))


def torch_optimizer(parameters, o):
    """PyTorch's optimiser for the options of a run."""
    assert not o["eps_inside"]
    if o["optimizer"] == "adam":
        return torch.optim.AdamW(parameters, o["lr"], (o["beta1"], o["beta2"]), o["eps"], o["weight_decay"])
    if o["optimizer"] == "rmsprop":
        return torch.optim.RMSprop(parameters, o["lr"], o["rho"], o["eps"])
    assert o["optimizer"] == "sgd"
    return torch.optim.SGD(parameters, o["lr"], o["momentum"])
