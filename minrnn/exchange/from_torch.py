"""A model of ours out of the names and layouts of torch.nn: the opposite of to_torch.py.

The modules may have other names than we write. weight_ih_l0 and its like, with any prefix, are of nn.RNN, nn.GRU or
nn.LSTM: the rows of weight_hh tell which. Of the modules beside it, the one with a bias is the output; if none has a
bias, the name tells. A matrix called projection narrows what the output reads, and another one is the embedding.
"""

import re

import numpy as np

RECURRENT = re.compile(r"(.*?)(?:weight|bias)_(?:ih|hh|hr)_l\d+(_reverse)?", re.S)
OUTPUT = re.compile(r"dec|out|head|fc|lin|proj", re.I)
CELLS = {1: "rnn", 3: "gru", 4: "lstm"}  # by the number of gates


def from_torch(tensors: dict[str, np.ndarray]) -> tuple[dict, dict[str, np.ndarray]]:
    """(the arguments of the model, its weights by our names) of a state dict.

    Raises ValueError where names are missing or too many, or shapes do not fit together.
    """
    cell, layers, hidden, D, weights = recurrent(tensors)
    parts = roles({name: v for name, v in tensors.items() if not RECURRENT.fullmatch(name)})
    if not parts.keys() & {"output", "embedding"}:
        raise ValueError("the matrix of the output is missing; expected a weight of nn.Linear")
    # Of two matrices that are one, a file may have only one.
    output, embedding = parts.get("output") or parts["embedding"], parts.get("embedding") or parts["output"]
    V = len(output[1])
    if "embedding" not in parts and D not in (V, output[1].shape[1]):
        raise ValueError(f"there is no embedding, and the layers read {D} inputs; expected {V}, one for each symbol")
    projection = D if "projection" in parts else 0
    one_hot = "embedding" not in parts and D == V
    W = fitting(*output, (V, projection or hidden))
    E = None if one_hot else fitting(*embedding, (V, D))
    tied = not one_hot and np.array_equal(W, E)
    weights |= ({} if one_hot else {"embedding": E}) | ({} if tied else {"output.W": W.T})
    if projection:
        weights["projection.P"] = fitting(*parts["projection"], (D, hidden)).T
        if not tied:
            raise ValueError(f"it has a projection, but {output[0][:60]} is not equal to the embedding")
    weights["output.b"] = fitting(*parts.get("bias", ("", np.zeros(V, np.float32))), (V,))
    config = dict(V=V, cell=cell, layers=layers, hidden=hidden, tie_weights=tied, projection=projection)
    config["embed"] = 0 if one_hot else D
    return config, {name: np.ascontiguousarray(v) for name, v in weights.items()}


def recurrent(tensors: dict[str, np.ndarray]) -> tuple[str, int, int, int, dict[str, np.ndarray]]:
    """(cell, layers, units, inputs, weights by our names) of the recurrent module in a state dict."""
    found = {name: match for name in tensors if (match := RECURRENT.fullmatch(name))}
    prefixes = sorted({match[1] for match in found.values()})
    if not found:
        raise ValueError("it has no nn.RNN, nn.GRU or nn.LSTM; expected names such as rnn.weight_ih_l0")
    if len(prefixes) > 1:
        one, other = (repr(prefix[:40]) for prefix in prefixes[:2])
        raise ValueError(f"it has several recurrent modules, {one} and {other}; expected one")
    for name, match in found.items():
        if match[2]:
            raise ValueError(f"{name[:60]} is of a bidirectional module, which would read the symbol that it predicts")
        if "weight_hr_l" in name:
            raise ValueError(f"{name[:60]} is of an nn.LSTM with proj_size, which no cell here has")
    prefix = prefixes[0]
    layers = sum(name.startswith(f"{prefix}weight_hh_l") for name in found)
    kinds = ["weight_ih", "weight_hh"]
    if any(name.startswith(f"{prefix}bias_") for name in found):
        kinds += ["bias_ih", "bias_hh"]
    expected = dict.fromkeys(f"{prefix}{kind}_l{k}" for k in range(max(layers, 1)) for kind in kinds)
    refuse_others(found, expected)
    first, second = list(expected)[:2]
    for name in (first, second):
        if tensors[name].ndim != 2:
            raise ValueError(f"{name[:60]} has shape {tensors[name].shape}; expected a matrix")
    D, (rows, H) = tensors[first].shape[1], tensors[second].shape
    gates = rows / H
    if gates not in CELLS:
        raise ValueError(f"{second[:60]} has shape {(rows, H)}; expected {H}, {3 * H} or {4 * H} rows")
    weights, zeros = {}, np.zeros(rows, np.float32)
    for k in range(layers):
        shapes = {"weight_ih": (rows, H if k else D), "weight_hh": (rows, H), "bias_ih": (rows,), "bias_hh": (rows,)}
        names = {kind: f"{prefix}{kind}_l{k}" for kind in shapes}
        Wx, Wh, bi, bh = (
            fitting(names[kind], tensors.get(names[kind], zeros), shape) for kind, shape in shapes.items()
        )
        # Adding 0 would make 0 of -0: what is equal to the byte stays so.
        b = np.where(bh == 0, bi, bi + bh)
        if gates == 3:
            b[-H:] = bi[-H:]
        weights |= {f"layers.{k}.Wx": Wx.T, f"layers.{k}.Wh": Wh.T, f"layers.{k}.b": b}
        if gates == 3:
            weights[f"layers.{k}.bh"] = bh[-H:]
    return CELLS[gates], layers, H, D, weights


def roles(others: dict[str, np.ndarray]) -> dict[str, tuple[str, np.ndarray]]:
    """{role: (name, tensor)} of what is beside the recurrent module: embedding, projection, output and its bias."""
    parts = {}
    for name, v in others.items():
        module, _, kind = name.rpartition(".")
        last = module.rpartition(".")[2]
        if kind == "bias":
            role = "bias"
        elif kind != "weight" or v.ndim != 2:
            raise ValueError(f"{name[:60]} is not of nn.Embedding, nn.RNN, nn.GRU, nn.LSTM or nn.Linear")
        elif "projection" in last:
            role = "projection"
        else:
            role = "output" if f"{module}.bias".lstrip(".") in others or OUTPUT.search(last) else "embedding"
        if role in parts:
            raise ValueError(f"{parts[role][0][:60]} and {name[:60]} both look like the {role}; expected one")
        parts[role] = name, v
    return parts


def refuse_others(found: dict, expected: dict) -> None:
    """Raises ValueError unless the names of the tensors of a recurrent module are these."""
    for name in expected:
        if name not in found:
            raise ValueError(f"{name[:60]} is missing")
    for name in found:
        if name not in expected:
            raise ValueError(f"{name[:60]} has no place in a recurrent module of {len(expected)} tensors")


def fitting(name: str, v: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if v.shape != shape:
        raise ValueError(f"{name[:60]} has shape {v.shape}; expected {shape}")
    return v
