"""An exported model gives in onnxruntime what it gives here."""

import json
import sys
from functools import partial
from itertools import islice
from types import ModuleType

import numpy as np
import pytest
from conftest import assert_refused

from cells import CELLS
from minrnn.checkpoint.pretrained import load_model
from minrnn.export import FORMATS
from minrnn.export.onnx import OPERATORS, exported, refuse_other_cells
from minrnn.generation.generate import generate, side_by_side
from minrnn.options.resolve import resolve
from minrnn.system.errors import OptionError
from minrnn.training.run import Run

REASON = "onnxruntime is the witness here; pip install -e '.[test]'"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

T, N, H = 9, 4, 6
TOLERANCE = 1e-6
KINDS = [
    {"cell": "rnn"},
    {"cell": "gru", "gru_reset": "after"},
    {"cell": "gru", "gru_reset": "before"},
    {"cell": "gru", "gru_reset": "after", "gates": "hard"},
    {"cell": "gru", "gru_reset": "before", "gates": "hard"},
    {"cell": "lstm"},
    {"cell": "lstm", "gates": "hard"},
    {"cell": "lstm", "tie_gates": True},
    {"cell": "lstm", "tie_gates": True, "gates": "hard"},
    {"cell": "birnn"},
    {"cell": "bigru", "gru_reset": "before", "gates": "hard"},
    {"cell": "bilstm", "tie_gates": True},
]
INPUTS = {
    "one-hot": {},
    "embedding": {"embed": 7},
    "tied": {"embed": H, "tie_weights": True},
    "skip": {"skip": True, "weight_drop": 0.4},
    "projected": {"embed": 5, "tie_weights": True, "projection": 5},
}


def session(proto):
    """A checked model, ready to run on one thread."""
    onnx.checker.check_model(proto, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])


def run_onnx(runtime, x, state):
    """x (T, N), state {name: (1, N, H)} -> logits (T, N, V), the state after it under the same names."""
    names = [output.name for output in runtime.get_outputs()]
    results = dict(zip(names, runtime.run(names, {"symbols": x.astype(np.int64), **state})))
    logits = results.pop("logits")
    return logits, {name.removesuffix(".next"): v for name, v in results.items()}


def named(state, stack="layers"):
    """A state of ours, a list with one entry a layer, under the names of the export."""
    parts = [part if isinstance(part, tuple) else (part,) for part in state]
    return {f"{stack}.{k}.{name}": v[np.newaxis] for k, vs in enumerate(parts) for name, v in zip("hc", vs)}


def drawn(state, rng):
    """Random numbers in the shape of the state of one layer."""
    if isinstance(state, tuple):
        return tuple(drawn(v, rng) for v in state)
    return rng.standard_normal(state.shape).astype(np.float32)


def trained_for_two_steps(text_file, rng, **options):
    """(model, vocabulary): no weight is at a special value, and hard gates are often closed or open."""
    sizes = dict(hidden=H, batch_size=5, seq_len=8, steps=2, threads=1, shards=1)
    run = Run(resolve({"text": [str(text_file)], **sizes, **options}))
    run.train_step()
    run.train_step()
    run.model.params += 0.3 * rng.standard_normal(run.model.params.shape).astype(np.float32)
    return run.model, run.corpus.vocabulary


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS, ids=["-".join(map(str, kind.values())) for kind in KINDS])
def test_onnxruntime_gives_our_logits_and_states(kind, layers, inputs, text_file, rng):
    if kind["cell"].startswith("bi") and inputs.get("embed") == H:
        inputs = inputs | {"embed": 2 * H}
    model, vocabulary = trained_for_two_steps(text_file, rng, layers=layers, **kind, **inputs)
    runtime = session(onnx.load_from_string(exported(model, vocabulary)))
    x = rng.integers(0, len(vocabulary), (T, N))
    state = [drawn(part, rng) for part in model.zero_state(N)]
    stack = "layers" if model.directions == 1 else "forward"
    logits, last = model.forward(x, state)
    logits, last = logits.copy(), named(last, stack)

    their_logits, their_last = run_onnx(runtime, x, named(state, stack))
    assert their_logits.shape == logits.shape == (T, N, len(vocabulary))
    np.testing.assert_allclose(their_logits, logits, rtol=1e-6, atol=TOLERANCE)
    assert their_last.keys() == last.keys()
    for name, ours in last.items():
        np.testing.assert_allclose(their_last[name], ours, rtol=1e-6, atol=TOLERANCE, err_msg=name)
    # In two calls the state is carried from one to the other.
    first, between = run_onnx(runtime, x[:4], named(state, stack))
    second, end = run_onnx(runtime, x[4:], between)
    if model.directions == 1:
        np.testing.assert_allclose(np.concatenate([first, second]), their_logits, atol=1e-6)
    else:  # What reads backwards starts with zeros at the end of each call.
        np.testing.assert_allclose(second, their_logits[4:], atol=1e-6)
        np.testing.assert_allclose(first, model.forward(x[:4], state)[0], rtol=1e-6, atol=TOLERANCE)
    for name, v in end.items():
        np.testing.assert_allclose(v, their_last[name], atol=1e-6)


def test_the_command_exports_a_checkpoint_that_writes_the_same_text(text_file, tmp_path, script, export):
    options = "--cell gru --layers 2 --steps 150 --quiet --hidden 24 --seq-len 20 --lr 0.02 --out cats".split()
    assert script("train.py", text_file, *options).returncode == 0
    out = tmp_path / "cats.onnx"
    result = export(tmp_path / "cats", out)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "" and "gru" in result.stderr
    proto = onnx.load(out)
    facts = {p.key: json.loads(p.value) for p in proto.metadata_props}
    model, vocabulary = load_model(tmp_path / "cats" / "best.pkl")
    assert facts["symbols"] == vocabulary.symbols and facts["level"] == "char"

    runtime = session(proto)
    x, text = np.array([[facts["opening"]]]), ""
    state = {i.name: np.zeros((1, 1, i.shape[2]), np.float32) for i in runtime.get_inputs() if i.name != "symbols"}
    for _ in range(50):
        logits, state = run_onnx(runtime, x, state)
        x = logits.argmax(axis=2)
        text += facts["symbols"][x[0, 0]]
    ours = generate(model, side_by_side(vocabulary.opening(), 1), None, greedy=True)
    assert text == vocabulary.decode([int(k[0]) for k in islice(ours, 50)])
    assert len(set(text)) > 5


@pytest.fixture
def export(script):
    return partial(script, "minrnn.export")


def test_what_cannot_be_exported_is_refused_in_one_line(text_file, trained, tmp_path, export):
    run = Run(resolve(dict(text=[str(text_file)], cell="mingru", hidden=H, batch_size=5, seq_len=8, steps=2)))
    run.save(tmp_path / "other.pkl")
    name = "python -m minrnn.export: "
    assert_refused(
        export(tmp_path / "other.pkl", tmp_path / "a.onnx"), name, "mingru", "not an ONNX operator", "rnn, gru or lstm"
    )
    assert_refused(export(text_file, tmp_path / "a.onnx"), name, "not a minrnn checkpoint")
    before = (trained / "best.pkl").read_bytes()
    assert_refused(export(tmp_path / "other.pkl", trained / "best.pkl"), name, "best.pkl", "ends in .onnx")
    assert (trained / "best.pkl").read_bytes() == before
    assert_refused(export(trained, tmp_path / "nowhere" / "a.onnx"), name, "nowhere")
    assert not (tmp_path / "a.onnx").exists()


@pytest.mark.parametrize("cell", [name for name in CELLS if name.removeprefix("bi") not in OPERATORS])
def test_every_cell_without_an_operator_is_refused_with_the_reason(cell):
    with pytest.raises(OptionError, match=f"cell {cell} cannot be exported: it is not an ONNX operator"):
        refuse_other_cells(cell)


def test_a_format_is_a_module_with_one_function_and_a_line(trained, tmp_path, export, monkeypatch):
    """Another format: the names of the weights, one a line."""
    other = ModuleType("minrnn.export.names")
    other.exported = lambda model, vocabulary: b"".join(b"%s\n" % name.encode() for name in model.weights())
    monkeypatch.setitem(sys.modules, "minrnn.export.names", other)
    monkeypatch.setitem(FORMATS, ".txt", "names")
    assert_refused(export(trained, "a.pkl"), "'a.pkl' has no ending of a format", "ends in .onnx or ", " or .txt")
    assert export(trained, tmp_path / "a.txt").returncode == 0
    assert (tmp_path / "a.txt").read_text().splitlines()[0] == "layers.0.Wx"


def test_without_the_package_the_extra_is_named(trained, export, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert_refused(export(trained, "a.onnx"), "package onnx", ".[onnx]")
