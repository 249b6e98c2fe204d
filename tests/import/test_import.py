"""python -m minrnn.import: from a file of weights to a checkpoint that writes and that new runs start from."""

import json
from functools import partial

import numpy as np
import pytest
from conftest import assert_refused

from cells import CELLS
from minrnn import checkpoint
from minrnn.checkpoint.file import CheckpointError
from minrnn.checkpoint.pretrained import load_model
from minrnn.exchange import safetensors
from minrnn.options.resolve import resolve
from minrnn.training.run import Run

NAME = "python -m minrnn.import: "
KINDS = {
    **{cell: {"cell": cell, "layers": 2} for cell in CELLS},
    "hard, before": {"cell": "gru", "gru_reset": "before", "gates": "hard", "lowercase": True},
    "tied gates": {"tie_gates": True, "skip": True, "dropout": 0.5},
    "projected": {"embed": 5, "tie_weights": True, "projection": 5},
    "words": {"level": "word", "vocab_size": 9},
    "bytes": {"level": "byte"},
}


@pytest.fixture
def export(script):
    return partial(script, "minrnn.export")


@pytest.fixture
def bring(script):
    return partial(script, "minrnn.import")


def small_run(text_file, **options):
    sizes = dict(hidden=6, batch_size=5, seq_len=8, steps=2, threads=1, shards=1)
    run = Run(resolve({"text": [str(text_file)], **sizes, **options}))
    run.train_step()
    return run


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_model_comes_back_from_our_safetensors(kind, text_file, tmp_path, export, bring, script):
    run = small_run(text_file, **kind)
    run.save(tmp_path / "a.pkl")
    assert export("a.pkl", "a.safetensors").returncode == 0
    result = bring("a.safetensors", "b.pkl")
    assert result.returncode == 0 and result.stdout == "" and f"b.pkl: {run.options['cell']}" in result.stderr
    a, b = (checkpoint.load(tmp_path / f"{name}.pkl", need_run=False) for name in "ab")
    assert a["config"]["model"] == b["config"]["model"] and a["vocab"] == b["vocab"]
    assert list(a["weights"]) == list(b["weights"])
    assert all(w.tobytes() == b["weights"][name].tobytes() for name, w in a["weights"].items())
    # The structure of a run that starts from it is the same, too.
    options = ("--init-from", "b.pkl", "--steps", 1, "--batch-size", 4, "--seq-len", 8, "--quiet")
    assert script("train.py", text_file, *options, "--out", "r").returncode == 0
    last = checkpoint.load(tmp_path / "r" / "last.pkl")
    assert last["config"]["model"]["cell_options"] == a["config"]["model"]["cell_options"]


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_the_names_of_torch_there_and_back_write_the_same_text(
    ending, trained, text_file, tmp_path, export, bring, script
):
    names = ("--names", "torch") if ending == "safetensors" else ()
    assert export(trained, f"a.{ending}", *names).returncode == 0
    known = () if ending == "safetensors" else ("--vocabulary", text_file)
    assert bring(f"a.{ending}", "b.pkl", *known).returncode == 0
    texts = [script("sample.py", path, "--length", 60, "--seed", 1).stdout for path in (trained, "b.pkl")]
    assert texts[0] == texts[1] and len(texts[0]) >= 60
    assert export("b.pkl", f"c.{ending}", *names).returncode == 0
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"c.{ending}").read_bytes()


@pytest.fixture
def imported(trained, text_file, export, bring):
    """b.pkl in the current folder, and the a.npz that it was made of."""
    assert export(trained, "a.npz").returncode == 0
    assert bring("a.npz", "b.pkl", "--vocabulary", text_file).returncode == 0


@pytest.mark.slow
def test_a_model_without_a_run_trains_scores_and_is_looked_into(imported, text_file, tmp_path, script):
    options = ("--init-from", "b.pkl", "--steps", 4, "--batch-size", 4, "--seq-len", 8, "--eval-every", 2, "--out", "r")
    result = script("train.py", text_file, *options)
    assert result.returncode == 0 and "start: b.pkl" in result.stderr
    assert script("train.py", "--resume", "r", "--steps", 6, "--quiet").returncode == 0
    assert script("sample.py", "b.pkl", "--score", text_file).returncode == 0
    assert script("sample.py", "b.pkl", "--score", text_file, "--dynamic", "--dynamic-text", text_file).returncode == 0
    assert script("minrnn.inspect", "b.pkl", "--text", text_file, "--symbols", 30, "--lags", 5).returncode == 0


def test_a_model_without_a_run_is_not_resumed(imported, text_file, tmp_path, script):
    assert_refused(script("train.py", "--resume", "b.pkl"), "b.pkl holds a model without a run", "--init-from")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "last.pkl").write_bytes((tmp_path / "b.pkl").read_bytes())
    assert_refused(script("train.py", "--resume", "r"), "holds a model without a run")
    refused = script("sample.py", "b.pkl", "--score", text_file, "--dynamic")
    assert_refused(refused, "b.pkl does not know the text that it was trained on", "--dynamic-text")
    with pytest.raises(CheckpointError, match="without a run"):
        checkpoint.load(tmp_path / "b.pkl")


def test_a_list_of_symbols_is_a_vocabulary_in_its_order(trained, tmp_path, export, bring):
    export(trained, "a.npz")
    symbols = load_model(trained / "best.pkl")[1].symbols
    backwards = symbols[::-1]
    (tmp_path / "s.json").write_text(json.dumps(backwards))
    assert bring("a.npz", "b.pkl", "--vocabulary", "s.json").returncode == 0
    assert load_model(tmp_path / "b.pkl")[1].symbols == backwards
    (tmp_path / "s.json").write_text(json.dumps([f"w{k}" for k in range(len(symbols) - 1)] + ["<unk>"]))
    assert bring("a.npz", "c.pkl", "--vocabulary", "s.json", "--level", "word", "--lowercase").returncode == 0
    vocabulary = load_model(tmp_path / "c.pkl")[1]
    assert (vocabulary.level, vocabulary.lowercase, vocabulary.unknown) == ("word", True, len(symbols) - 1)


def test_bytes_need_no_vocabulary(text_file, tmp_path, export, bring):
    small_run(text_file, level="byte").save(tmp_path / "a.pkl")
    assert export("a.pkl", "a.npz").returncode == 0
    assert bring("a.npz", "b.pkl", "--level", "byte").returncode == 0
    assert load_model(tmp_path / "b.pkl")[1].level == "byte"


def test_a_wrong_vocabulary_is_refused(trained, text_file, tmp_path, export, bring):
    export(trained, "a.npz")
    export(trained, "a.safetensors")
    symbols = load_model(trained / "best.pkl")[1].symbols
    V = len(symbols)
    assert_refused(bring("a.npz", "b.pkl"), NAME, "does not say what its symbols are", "--vocabulary")
    (tmp_path / "t.txt").write_text("abc")
    assert_refused(bring("a.npz", "b.pkl", "--vocabulary", "t.txt"), f"model of {V} symbols, but the vocabulary has 3;")
    assert_refused(bring("a.npz", "b.pkl", "--vocabulary", "nowhere.txt"), "nowhere.txt")
    assert_refused(bring("a.npz", "b.pkl", "--vocabulary", "nowhere.json"), "nowhere.json", "No such file")
    own = bring("a.safetensors", "b.pkl", "--vocabulary", text_file, "--level", "word")
    assert_refused(own, "a.safetensors has its own vocabulary; leave out --vocabulary and --level")
    bad = {
        "no list": '{"a": 1}',
        "no JSON": "[",
        "deep": "[" * 100_000,
        "numbers": json.dumps(list(range(V))),
        "twice": json.dumps(symbols[:-1] + symbols[:1]),
        "words": json.dumps([*symbols[:-1], "ab"]),
        "another level": '{"level": "syllable", "symbols": ["a"]}',
        "level a list": '{"level": ["char"], "symbols": ["a"]}',
        "one symbol fewer": json.dumps(symbols[:-1]),
    }
    (tmp_path / "s.json").write_text(json.dumps({"level": "char", "symbols": symbols}))
    for option in (("--vocab-size", 9), ("--encoding", "latin-1"), ("--tokeniser", "spaces"), ("--level", "word")):
        assert_refused(bring("a.npz", "b.pkl", "--vocabulary", "s.json", *option), f"{option[0]} ", "leave it out")
    for what, text in bad.items():
        (tmp_path / "s.json").write_text(text)
        result = bring("a.npz", "b.pkl", "--vocabulary", "s.json")
        assert_refused(result, "s.json" if what != "one symbol fewer" else f"the vocabulary has {V - 1}")
    assert not (tmp_path / "b.pkl").exists()


def test_a_file_that_cannot_be_read_is_refused_in_one_line(trained, text_file, tmp_path, export, bring):
    export(trained, "a.safetensors")
    assert_refused(bring("a.onnx", "b.pkl"), "'a.onnx' does not end in .safetensors or .npz")
    assert_refused(bring("a.pt", "b.pkl"), "'a.pt' does not end in", "safetensors or numpy.savez", "docs/formats.md")
    assert_refused(bring("a.safetensors", "b.txt"), "'b.txt' does not end in .pkl")
    assert_refused(bring("a.safetensors", trained / "best.pkl"), "exists already")
    assert_refused(bring("nowhere.npz", "b.pkl"), "nowhere.npz cannot be read: it is not a file")
    (tmp_path / "folder.npz").mkdir()
    assert_refused(bring("folder.npz", "b.pkl"), "not a file")
    (tmp_path / "text.npz").write_bytes(text_file.read_bytes())
    assert_refused(bring("text.npz", "b.pkl"), NAME, "text.npz cannot be used: it is not of the format npz")
    whole = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-9])
    assert_refused(bring("cut.safetensors", "b.pkl"), "cut.safetensors cannot be used: it has ", "bytes of data")
    assert_refused(bring("a.safetensors", "nowhere/b.pkl"), "nowhere")


def test_a_hostile_description_of_a_model_is_refused(trained, tmp_path, export, bring):
    export(trained, "a.safetensors")
    tensors, metadata = safetensors.decoded((tmp_path / "a.safetensors").read_bytes())
    config, vocabulary = json.loads(metadata["config"]), json.loads(metadata["vocabulary"])
    configs = {
        "huge": config | {"hidden": 10**9},
        "many layers": config | {"layers": 10**9},
        "another V": config | {"V": config["V"] + 1},
        "no V": {name: value for name, value in config.items() if name != "V"},
        "an option more": config | {"x": 1},
        "a cell that is none": config | {"cell": "os.system"},
        "cell a list": config | {"cell": ["lstm"]},
        "options of another cell": config | {"cell_options": {"reset": "after"}},
        "options a list": config | {"cell_options": []},
        "a contradiction": config | {"projection": 5},
        "a list": [],
        "nothing": None,
    }
    cases = {what: (tensors, metadata | {"config": json.dumps(value)}) for what, value in configs.items()}
    name = "layers.0.Wh"
    cases |= {
        "no config": (tensors, {name: text for name, text in metadata.items() if name != "config"}),
        "config no JSON": (tensors, metadata | {"config": "{"}),
        "config of NaN": (tensors, metadata | {"config": '{"dropout": NaN}'}),
        "no vocabulary": (tensors, {name: text for name, text in metadata.items() if name != "vocabulary"}),
        "vocabulary no JSON": (tensors, metadata | {"vocabulary": "x"}),
        "a symbol twice": (tensors, metadata | {"vocabulary": json.dumps(vocabulary | {"symbols": ["a", "a"]})}),
        "a weight less": ({other: w for other, w in tensors.items() if other != name}, metadata),
        "a weight more": (tensors | {"x": tensors[name]}, metadata),
        "another shape": (tensors | {name: tensors[name][:-1]}, metadata),
        "NaN": (tensors | {name: np.full_like(tensors[name], np.nan)}, metadata),
        "infinity": (tensors | {name: np.full_like(tensors[name], np.inf)}, metadata),
    }
    for what, (v, m) in cases.items():
        (tmp_path / "b.safetensors").write_bytes(safetensors.encoded(v, m))
        result = bring("b.safetensors", "b.pkl")
        assert_refused(result, NAME, "b.safetensors")
        assert not (tmp_path / "b.pkl").exists(), what


def test_a_weight_that_is_not_finite_is_named_under_torchs_names_too(trained, text_file, tmp_path, export, bring):
    export(trained, "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        state = dict(file)
    state["decoder.bias"][0] = np.nan
    np.savez(tmp_path / "b.npz", **state)
    assert_refused(bring("b.npz", "b.pkl", "--vocabulary", text_file), "its weights.output.b is not finite")
