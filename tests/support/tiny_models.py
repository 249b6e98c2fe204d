"""Small models with weights at no special value, and short texts for them, for tests that look inside."""

import struct

import numpy as np
from texts import text_of
from three_states import NAME

from cells import CELLS
from data import LEVELS
from minrnn.gradcheck import reference, reference_model
from minrnn.inspect.reading import Reading
from minrnn.nn.build import build

V, H, LAYERS, LAGS, PLACES = 7, 5, 2, 4, 3


def tiny(cell, rng, V=V, dtype=np.float64, **settings):
    """A model with weights that are no special values."""
    model = build({"V": V, "cell": cell, "layers": LAYERS, "hidden": H, **settings}, rng, dtype)
    model.params += 0.3 * rng.standard_normal(model.params.size).astype(dtype)
    return model


def slow_losses(model, read, targets):
    """The sum of -log p of targets (M,), for `read` {stack: (inputs left to read, states of its layers)}."""
    w = model.weights()
    h = []
    for name, (v, states) in read.items():
        outputs = [state[0] for state in slow_steps(model, name, v, states)]
        h.append(sum(outputs) if model.config["skip"] else outputs[-1])
    shape = np.broadcast_shapes(*(part.shape for part in h))
    last = np.concatenate([np.broadcast_to(part, shape) for part in h], axis=-1)
    return reference_model.cross_entropy(w, [last], targets[np.newaxis]) * targets.size


def slow_steps(model, name, v, states):
    """The states of all layers of a stack after the naive steps over v, a list over time."""
    w, kind = model.weights(), model.config["cell"].removeprefix("bi")
    for x in v:
        new = []
        for k, state in enumerate(states):
            p = {key.split(".", 2)[2]: value for key, value in w.items() if key.startswith(f"{name}.{k}.")}
            new.append(reference.STEPS[kind](p, x, state, reference.sigmoid))
            x = new[-1][0]
        states = new
    return states


LAG_MODELS = [*((cell, {}) for cell in (*CELLS, NAME)), ("lstm", {"embed": 6}),
              ("gru", {"embed": H, "tie_weights": True}), ("bigru", {"skip": True}),
              ("lstm", {"embed": 6, "tie_weights": True, "projection": 6, "skip": True})]  # fmt: skip
LEVEL_TEXTS = {"char": "Zoë said: “no”.\n" * 5, "word": "the cat, the mat\nand it's\n" * 5, "byte": "äß\t\n" * 9}


def vocabulary_of(level, content):
    text = text_of(content)
    vocabulary = LEVELS[level].learn(text)
    return text, vocabulary, vocabulary.encode_text(text)[0]


def reading_of(layers, states, ranges=None):
    """A Reading that has nothing but activations."""
    return Reading(None, None, None, None, layers, states, ranges or {})


def png_size(path):
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])
