"""Our weights under the names and in the layouts of torch.nn.

    encoder.weight (V, D)            nn.Embedding; not there if the input is one-hot
    rnn.weight_ih_l0 (G*H, D)        nn.RNN, nn.GRU or nn.LSTM: for each layer weight_ih, weight_hh, bias_ih, bias_hh
    projection.weight (K, H)         nn.Linear without a bias; only after --projection
    decoder.weight (V, H), decoder.bias (V,)    nn.Linear; with --tie-weights, decoder.weight equals encoder.weight

The gates stand in the same order here and there (i f g o; r z n), and their formulas are the same. Our matrices
multiply from the right, so each is transposed. torch has two biases where we have one, and adds them: bias_hh is zero,
except where a GRU has a bias inside the reset gate.
"""

import numpy as np

from ..system.errors import OptionError

CELLS = ("rnn", "gru", "lstm")


def state_dict(config: dict, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of a model, all of them by name, for torch. Raises OptionError if torch.nn has no such model."""
    refuse_strangers(config)
    state = {"encoder.weight": weights["embedding"]} if config["embed"] else {}
    for k in range(config["layers"]):
        Wx, Wh, b = (four_gates(weights[f"layers.{k}.{name}"], config) for name in ("Wx", "Wh", "b"))
        bh = np.zeros_like(b)
        if config["cell"] == "gru":
            bh[-config["hidden"] :] = weights[f"layers.{k}.bh"]
        names = {"weight_ih": Wx.T, "weight_hh": Wh.T, "bias_ih": b, "bias_hh": bh}
        state |= {f"rnn.{name}_l{k}": v for name, v in names.items()}
    if config["projection"]:
        state["projection.weight"] = weights["projection.P"].T
    state["decoder.weight"] = weights["embedding"] if config["tie_weights"] else weights["output.W"].T
    state["decoder.bias"] = weights["output.b"]
    return {name: np.ascontiguousarray(v) for name, v in state.items()}


def refuse_strangers(config: dict) -> None:
    """Raises OptionError for a model that no module of torch.nn computes."""
    told = config["cell_options"]
    reasons = {
        f"cell {config['cell']}": config["cell"] not in CELLS,
        "--gru-reset before": told.get("reset", "after") == "before",
        "--gates hard": told.get("gates", "sigmoid") == "hard",
        "--skip": config["skip"],
    }
    for what, strange in reasons.items():
        if strange:
            raise OptionError(f"torch.nn has nothing that computes {what}; export to .safetensors with --names minrnn")


def four_gates(v: np.ndarray, config: dict) -> np.ndarray:
    """The blocks of the last axis; those of an LSTM with tied gates with i before them, as 1 - sigmoid(a_f)."""
    if not config["cell_options"].get("tie_gates"):
        return v
    return np.concatenate([-v[..., : config["hidden"]], v], axis=-1)  # 1 - sigmoid(a) = sigmoid(-a)
