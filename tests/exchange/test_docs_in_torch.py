"""docs/formats.md run against PyTorch: models compute there what they compute here, and the other way round."""

import json
import re

import numpy as np
import pytest
from conftest import ROOT

from minrnn.checkpoint.pretrained import load_model
from minrnn.export import npz, safetensors
from minrnn.options.resolve import resolve
from minrnn.training.run import Run

torch = pytest.importorskip("torch", reason="PyTorch is the witness here; pip install torch")

TO, SYMBOLS, FROM = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "formats.md").read_text(encoding="utf-8"), re.S)
T, N = 9, 4
TOLERANCE = 1e-6
MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
KINDS = [{"cell": "rnn"}, {"cell": "gru"}, {"cell": "lstm"}, {"cell": "lstm", "tie_gates": True}]
INPUTS = {"one-hot": {}, "embedding": {"embed": 7}, "tied": {"embed": 6, "tie_weights": True}}


@pytest.fixture
def trained(text_file, rng):
    """A function: (model, vocabulary) with no weight at a special value."""

    def make(**options):
        sizes = dict(hidden=6, batch_size=5, seq_len=8, steps=2, threads=1, shards=1)
        run = Run(resolve({"text": [str(text_file)], **sizes, **options}))
        run.train_step()
        run.model.params += 0.3 * rng.standard_normal(run.model.params.shape).astype(np.float32)
        return run.model, run.corpus.vocabulary

    return make


def run_docs(cell, tmp_path, monkeypatch, code=TO):
    """What the lines of the page define, run in the folder with the file."""
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code.replace("nn.LSTM", f"nn.{MODULES[cell].__name__}"), names)
    return names


def leaves(state):
    """The arrays of a state of ours, (layers, N, H) each, in the order of torch."""
    parts = [part if isinstance(part, tuple) else (part,) for part in state]
    return [np.stack(layers) for layers in zip(*parts)]


def assert_same(model, theirs, rng):
    """Logits and states of both from a random state, in one call and in two."""
    x = rng.integers(0, model.config["V"], (T, N))
    state = [tuple(rng.standard_normal(v.shape).astype(np.float32) for v in part) if isinstance(part, tuple)
             else rng.standard_normal(part.shape).astype(np.float32) for part in model.zero_state(N)]  # fmt: skip
    given = [torch.from_numpy(v) for v in leaves(state)]
    with torch.no_grad():
        their_logits, their_last = theirs(torch.from_numpy(x), tuple(given) if len(given) > 1 else given[0])
    logits, last = model.forward(x, state)
    assert np.abs(logits).max() > 0.1
    np.testing.assert_allclose(their_logits.numpy(), logits, rtol=TOLERANCE, atol=TOLERANCE)
    for theirs_, ours in zip(their_last if len(given) > 1 else [their_last], leaves(last)):
        np.testing.assert_allclose(theirs_.numpy(), ours, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", KINDS, ids=["-".join(map(str, kind.values())) for kind in KINDS])
def test_the_lines_of_the_page_give_our_logits_and_states(kind, layers, inputs, trained, rng, tmp_path, monkeypatch):
    model, vocabulary = trained(layers=layers, **kind, **inputs)
    (tmp_path / "model.npz").write_bytes(npz.exported(model, vocabulary))
    names = run_docs(kind["cell"], tmp_path, monkeypatch)
    assert_same(model, names["model"], rng)
    pytest.importorskip("safetensors")
    (tmp_path / "model.safetensors").write_bytes(safetensors.exported(model, vocabulary, names="torch"))
    exec(SYMBOLS, names)
    assert_same(model, names["model"], rng)
    assert names["symbols"] == vocabulary.symbols


def test_a_projection_is_one_more_module(trained, rng, tmp_path, monkeypatch):
    model, vocabulary = trained(embed=5, tie_weights=True, projection=5)
    (tmp_path / "model.npz").write_bytes(npz.exported(model, vocabulary))
    code = TO.replace("self.decoder = nn.Linear(H, V)",
                      "self.projection, self.decoder = nn.Linear(6, H, bias=False), nn.Linear(H, V)")  # fmt: skip
    code = code.replace("nn.LSTM(D, H,", "nn.LSTM(D, 6,").replace("self.decoder(h)", "self.decoder(self.projection(h))")
    assert_same(model, run_docs("lstm", tmp_path, monkeypatch, code)["model"], rng)


class Theirs(torch.nn.Module):
    """A model as people write it. The names of its modules are given."""

    def __init__(self, cell, V, D, H, layers, tied=False, bias=True, names=("encoder", "rnn", "decoder")):
        super().__init__()
        self.embedding, self.cell, self.output = names
        if D:
            self.add_module(names[0], torch.nn.Embedding(V, D))
        self.add_module(names[1], MODULES[cell](D or V, H, layers, bias=bias))
        self.add_module(names[2], torch.nn.Linear(H, V, bias=bias))
        if tied:
            getattr(self, names[2]).weight = getattr(self, names[0]).weight
        self.V = V

    def forward(self, x, state):
        v = getattr(self, self.embedding)(x) if hasattr(self, self.embedding) else torch.eye(self.V)[x]
        h, state = getattr(self, self.cell)(v, state)
        return getattr(self, self.output)(h), state


SIZES = {
    "usual": dict(D=7, H=6, layers=2),
    "one-hot": dict(D=0, H=6, layers=1),
    "tied": dict(D=6, H=6, layers=3, tied=True),
    "no bias": dict(D=5, H=8, layers=1, bias=False),
    "other names": dict(D=5, H=8, layers=1, names=("wte", "core", "lm_head")),
    "names that say nothing": dict(D=6, H=6, layers=2, names=("a", "b", "c")),
}


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("cell", MODULES)
def test_a_model_of_pytorch_computes_the_same_here(cell, sizes, ending, script, rng, tmp_path, monkeypatch):
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    torch.manual_seed(1)
    symbols = list("\n !abcdefé")
    theirs = Theirs(cell, len(symbols), **sizes)
    monkeypatch.chdir(tmp_path)
    code = FROM if ending == "safetensors" else FROM.replace("from safetensors.torch", "#").replace("save_model", "#")
    exec(code, {"model": theirs})
    (tmp_path / "symbols.json").write_text(json.dumps(symbols))
    result = script("minrnn.import", f"model.{ending}", "m.pkl", "--vocabulary", "symbols.json")
    assert result.returncode == 0, result.stderr
    model, vocabulary = load_model(tmp_path / "m.pkl")
    assert (model.config["cell"], model.config["layers"]) == (cell, sizes["layers"])
    assert model.config["tie_weights"] == sizes.get("tied", False) and vocabulary.symbols == symbols
    assert_same(model, theirs, rng)


def test_a_model_inside_other_modules_and_in_half_precision(script, rng, tmp_path, monkeypatch):
    save_file = pytest.importorskip("safetensors.torch").save_file
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("abc\n" * 9)
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        theirs = Theirs("gru", 4, 5, 6, 2).to(dtype)
        save_file({f"net.module.{name}": v for name, v in theirs.state_dict().items()}, "m.safetensors")
        assert script("minrnn.import", "m.safetensors", f"{dtype}.pkl", "--vocabulary", "t.txt").returncode == 0
        assert_same(load_model(f"{dtype}.pkl")[0], theirs.float(), rng)


def test_what_torch_can_do_and_we_cannot_is_refused(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("abc\n" * 9)
    for options, word in (({"bidirectional": True}, "bidirectional"), ({"proj_size": 3}, "proj_size")):
        state = torch.nn.LSTM(5, 6, **options).state_dict()
        np.savez("m.npz", **{f"rnn.{name}": v.numpy() for name, v in state.items()})
        result = script("minrnn.import", "m.npz", "m.pkl", "--vocabulary", "t.txt")
        assert result.returncode == 2 and word in result.stderr
