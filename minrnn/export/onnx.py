"""A trained model as an ONNX file, which programs in any language can run.

The graph has standard operators only. In it, for T steps of N streams:

    symbols        int64 (T, N)             symbol ids
    layers.K.h     (1, N, H)                state of layer K before the first step; an LSTM has layers.K.c too
    logits         (T, N, V)                of the symbol that follows each
    layers.K.h.next, layers.K.c.next        the state after the last step, to go on from

Of a bidirectional model, logits are of the symbol itself, from what stands before and after it. The state, of the
layers that read forwards, is called forward.K.h and so on. Those that read backwards start with zeros at the end.

The metadata has the vocabulary, each value as JSON: "symbols" (the V symbols in the order of their ids), "level",
how a text is folded and cut into words, and "opening", the id of the symbol that a text without a prompt begins with.
"""

import json

import numpy as np

from data.vocabulary import Vocabulary

from ..nn.language_model import LanguageModel
from ..system.errors import OptionError

# For each cell that ONNX has: its operator, where that has each of our blocks of gates (LSTM i f g o -> i o f g,
# GRU r z n -> z r n), and its activations where our gates are hard.
OPERATORS = {
    "rnn": ("RNN", [0], ["Tanh"]),
    "gru": ("GRU", [1, 0, 2], ["HardSigmoid", "Tanh"]),
    "lstm": ("LSTM", [0, 3, 1, 2], ["HardSigmoid", "Tanh", "Tanh"]),
}
# The operators have not changed since this version, and runtimes have known it since 2022.
OPSET, IR_VERSION = 14, 8


def exported(model: LanguageModel, vocabulary: Vocabulary) -> bytes:
    """The file. Raises OptionError for a cell that ONNX cannot express, and where the package onnx is missing."""
    refuse_other_cells(model.config["cell"])
    try:
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise OptionError("the export needs the package onnx; install it by: pip install -e '.[onnx]'") from None

    config, weights = model.config, model.weights()
    nodes, inputs, outputs, constants = [], [], [], []

    def constant(name, v):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(v), name))
        return name

    def node(operator, arguments, *results, **attributes):
        nodes.append(helper.make_node(operator, arguments, results, **attributes))
        return results[0]

    def described(name, *shape, kind=TensorProto.FLOAT):
        return helper.make_tensor_value_info(name, kind, shape)

    inputs.append(described("symbols", "T", "N", kind=TensorProto.INT64))
    if config["embed"]:
        h = node("Gather", [constant("embedding", weights["embedding"]), "symbols"], "vectors")
    else:
        depth, values = constant("V", np.int64(config["V"])), constant("off_on", np.array([0, 1], np.float32))
        h = node("OneHot", ["symbols", depth, values], "vectors")
    axis = constant("axis", np.array([1]))

    def joined(vs, name):
        """What a stack puts out, from what its layers do."""
        return node("Sum", vs, name) if config["skip"] else vs[-1]

    def stack(name, h):
        """The outputs of a stack that reads h; its states become inputs and outputs, unless it reads backwards."""
        layers = []
        for k, layer in enumerate(model.stacks[name].layers):
            place = f"{name}.{k}"
            operator, matrices, attributes = onnx_cell(config["cell"].removeprefix("bi"), layer)
            arguments = [h, *(constant(f"{place}.{key}", w) for key, w in matrices.items())]
            after = []
            if name == "backward":
                attributes["direction"] = "reverse"
            else:
                states = [f"{place}.{part}" for part in layer.states]
                after = [f"{state}.next" for state in states]
                arguments += ["", *states]
                inputs.extend(described(state, 1, "N", config["hidden"]) for state in states)
                outputs.extend(described(state, 1, "N", config["hidden"]) for state in after)
            h = node(operator, arguments, f"{place}.all", *after, hidden_size=config["hidden"], **attributes)
            h = node("Squeeze", [h, axis], f"{place}.out")  # the axis of directions
            layers.append(h)
        return joined(layers, f"{name}.sum")

    if model.directions == 1:
        h = stack("layers", h)
    else:
        # Each context one step away from its symbol, as `shift` in nn/cloze_model.py makes them.
        zero, one, last, end = (constant(f"at.{k}", np.array([k])) for k in (0, 1, -1, 1 << 62))
        first = joined([f"forward.{k}.h" for k in range(config["layers"])], "first")
        left = node("Concat", [first, node("Slice", [stack("forward", h), zero, last, zero], "left")], "before", axis=0)
        right = node("Slice", [stack("backward", h), one, end, zero], "right")
        after = node("Pad", [right, constant("pads", np.array([0, 0, 0, 1, 0, 0]))], "after")
        h = node("Concat", [left, after], "contexts", axis=2)
    if config["projection"]:
        h = node("MatMul", [h, constant("projection.P", weights["projection.P"])], "projected")
    if config["tie_weights"]:
        W = node("Transpose", ["embedding"], "output.W", perm=[1, 0])
    else:
        W = constant("output.W", weights["output.W"])
    node("Add", [node("MatMul", [h, W], "products"), constant("output.b", weights["output.b"])], "logits")
    outputs.insert(0, described("logits", "T", "N", config["V"]))

    graph = helper.make_graph(nodes, f"{config['cell']}-language-model", inputs, outputs, constants)
    opset = helper.make_opsetid("", OPSET)
    proto = helper.make_model(graph, producer_name="minrnn", opset_imports=[opset], ir_version=IR_VERSION)
    facts = {**vocabulary.as_dict(), "opening": int(vocabulary.opening()[0])}
    helper.set_model_props(proto, {name: json.dumps(value) for name, value in facts.items()})
    return proto.SerializeToString()


def refuse_other_cells(cell: str) -> None:
    """Raises OptionError for a cell that has no operator in ONNX."""
    if cell.removeprefix("bi") not in OPERATORS:
        raise OptionError(
            f"cell {cell} cannot be exported: it is not an ONNX operator; train a model of cell "
            "rnn, gru or lstm, or export to .safetensors"
        )


def onnx_cell(name: str, cell) -> tuple[str, dict[str, np.ndarray], dict]:
    """(operator, {"W" (1, G*H, D), "R" (1, G*H, H), "B" (1, 2*G*H)}, attributes) of one of our cells."""
    operator, order, hard_activations = OPERATORS[name]

    def reordered(v):
        """The blocks of the last axis in the order of ONNX, and that axis first."""
        blocks = np.split(v, v.shape[-1] // cell.H, axis=-1)
        if len(blocks) < len(order):
            blocks = [-blocks[0], *blocks]  # an LSTM with tied gates: i = 1 - sigmoid(a_f) = sigmoid(-a_f)
        return np.concatenate([blocks[k] for k in order], axis=-1).T

    p = cell.params
    bh = np.zeros_like(p["b"])
    if "bh" in p:
        bh[-cell.H :] = p["bh"]
    B = np.concatenate([reordered(p["b"]), reordered(bh)])
    matrices = {key: v[np.newaxis] for key, v in (("W", reordered(p["Wx"])), ("R", reordered(p["Wh"])), ("B", B))}
    attributes = {"linear_before_reset": int(cell.reset == "after")} if name == "gru" else {}
    if getattr(cell, "hard", False):
        attributes |= {"activations": hard_activations, "activation_alpha": [0.2], "activation_beta": [0.5]}
    return operator, matrices, attributes
