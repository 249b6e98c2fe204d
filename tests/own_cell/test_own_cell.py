"""A cell out of a user's file is trained, resumed and loaded: the file is named each time, and no code is kept."""

import hashlib
import pickle

import numpy as np
import pytest
from conftest import assert_refused
from page_cell import CLASS, FILE, changed, forget

import minrnn
from cells import CELLS
from minrnn.options.table import ROWS
from minrnn.own_cell.find import find
from minrnn.own_cell.names import own_cell, refuse_unknown
from minrnn.tune.space import axis
from minrnn.tune.study import flags, words

CELL = f"mine.py:{CLASS}"
DIGEST = hashlib.sha256(FILE.encode()).hexdigest()
NAME = f"{CELL}@{DIGEST}"
SMALL = ("--layers", 1, "--hidden", 6, "--batch-size", 4, "--seq-len", 7, "--threads", 1, "--quiet")
# Everything that a model can be made of around its cells.
RICH = ("--layers", 2, "--hidden", 6, "--transforms", 2, "--level", "word", "--embed", 6, "--tie-weights", "--skip",
        "--dropout", 0.2, "--weight-drop", 0.2, "--batch-size", 4, "--seq-len", 7, "--shards", 2, "--threads", 1,
        "--schedule", "constant", "--quiet")  # fmt: skip


@pytest.fixture(autouse=True)
def known():
    """The cells of the project. Whatever a test adds is taken out again."""
    before = dict(CELLS)
    yield before
    forget(before)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, the current one, with the file of the cell in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FILE)
    return tmp_path


@pytest.fixture
def run(place, script, text_file, known):
    """The folder of a run of three steps, in a process that has forgotten the cell."""
    result = script("train.py", text_file, "--cell", CELL, *SMALL, "--steps", 3, "--out", "run")
    assert result.returncode == 0, result.stderr
    forget(known)
    return place / "run"


def test_a_checkpoint_has_the_names_and_the_digest_and_no_code(run):
    data = (run / "last.pkl").read_bytes()
    saved = pickle.loads(data)
    assert saved["config"]["model"]["cell"] == saved["config"]["options"]["cell"] == NAME
    assert b"backward" not in data and b"import" not in data


def test_a_resumed_run_has_the_weights_of_one_that_never_stopped(place, script, text_file, known):
    for folder, steps in (("whole", 9), ("half", 4)):
        result = script("train.py", text_file, "--cell", CELL, *RICH, "--steps", steps, "--out", folder)
        assert result.returncode == 0, result.stderr
    forget(known)
    result = script("train.py", "--resume", "--out", "half", "--cell", CELL, "--steps", 9, "--quiet", "--threads", 1)
    assert result.returncode == 0, result.stderr
    whole, half = (pickle.loads((place / folder / "last.pkl").read_bytes()) for folder in ("whole", "half"))
    assert whole["progress"]["step"] == half["progress"]["step"] == 9
    for name, w in whole["weights"].items():
        assert w.tobytes() == half["weights"][name].tobytes(), name


COMMANDS = {
    "resume": ("train.py", "--resume", "--out", "run"),
    "init-from": ("train.py", "TEXT", "--init-from", "run", "--steps", 1),
    "sample": ("sample.py", "run", "--length", 5),
    "score": ("sample.py", "run", "--score", "TEXT"),
    "inspect": ("minrnn.inspect", "run", "--text", "TEXT"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_without_the_file_one_line_says_which_is_needed(command, run, script, text_file):
    result = script(*(text_file if word == "TEXT" else word for word in command))
    assert_refused(result, "run", f"needs the class {CLASS} of mine.py", DIGEST, f"--cell PATH/{CELL}")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_has_changed_is_refused_with_both_digests(command, run, script, text_file):
    (run.parent / "mine.py").write_text(FILE + "# a comment\n")
    result = script(*(text_file if word == "TEXT" else word for word in command), "--cell", CELL)
    digest = hashlib.sha256((run.parent / "mine.py").read_bytes()).hexdigest()
    assert_refused(result, DIGEST, digest, "name the file as it was in training")


def test_loading_runs_no_file_that_was_not_named(run, script):
    (run.parent / "mine.py").write_text("raise SystemError('this must not run')")
    (run / "mine.py").write_text("raise SystemError('nor this')")
    assert_refused(script("sample.py", "run"), f"--cell PATH/{CELL}")


def test_with_the_file_the_model_writes_scores_and_goes_on_elsewhere(run, script, text_file):
    (run.parent / "mine.py").rename(run / "mine.py")
    cell = ("--cell", f"run/{CELL}")
    written = script("sample.py", "run", "--length", 20, "--seed", 1, *cell)
    assert written.returncode == 0 and len(written.stdout) >= 20, written.stderr
    assert script("sample.py", "run", "run", "--length", 20, "--seed", 1, *cell).stdout == written.stdout
    assert script("sample.py", "run", "--score", text_file, *cell).stdout.startswith("nats a symbol")
    result = script("train.py", text_file, "--init-from", "run", *cell, "--steps", 1, "--quiet", "--out", "next")
    assert result.returncode == 0, result.stderr
    assert "mine.py:PlainMixGRU 1 x 6" in script("minrnn.runs", "next").stdout


def test_the_commands_that_are_shown_name_the_file_and_no_digest(place, script, text_file):
    loud = [word for word in SMALL if word != "--quiet"]
    result = script("train.py", text_file, "--cell", CELL, *loud, "--steps", 1)
    assert result.returncode == 0, result.stderr
    assert "model: mine.py:PlainMixGRU 1 x 6" in result.stderr
    assert f"python sample.py runs/cats-{CLASS}/best.pkl --cell {CELL}" in result.stderr.replace("\\", "/")
    assert DIGEST not in result.stderr + result.stdout


def test_a_file_that_the_model_does_not_need_is_refused(trained, place, script):
    result = script("sample.py", trained, "--cell", CELL)
    assert_refused(result, f"--cell {CELL} is not the cell of the model, which has lstm; leave it out")
    with pytest.raises(minrnn.OptionError, match="which has lstm"):
        minrnn.load(trained, cell=CELL)


def test_the_library_takes_the_file_too(place, text_file, known):
    small = dict(layers=1, hidden=6, batch_size=4, seq_len=7, threads=1)
    model = minrnn.train(text_file, cell=CELL, steps=2, out="lib", **small)
    assert repr(model).startswith(f"<minrnn.Model: {CELL} 1 x 6")
    forget(known)
    with pytest.raises(minrnn.CheckpointError, match=DIGEST):
        minrnn.load("lib")
    again = minrnn.load("lib", cell=place / CELL)
    assert again.generate(length=20, seed=1) == model.generate(length=20, seed=1)
    forget(known)
    assert minrnn.train(out="lib", resume=True, cell=CELL, steps=4).config["cell"] == NAME


def test_an_edited_file_is_another_cell_and_models_of_both_go_on(place):
    first = own_cell(CELL)
    (place / "mine.py").write_text(FILE + "# edited\n")
    second = own_cell(CELL)
    assert first != second and CELLS[first] is not CELLS[second]
    assert own_cell(CELL) == second and CELLS[second].__name__ == CLASS


def test_a_cell_that_gradcheck_has_seen_gets_its_whole_name(place):
    assert find(CELL) == CELL and CELL in CELLS
    assert ROWS["cell"].kind(CELL) == NAME == ROWS["cell"].kind(NAME)
    (place / "mine.py").write_text(FILE.replace("class Plain", "class Other"))
    with pytest.raises(minrnn.OptionError, match="no class 'PlainMixGRU'"):
        find(CELL)


def test_a_cell_that_reads_both_ways_fills_in_blanks(place, script, text_file):
    both = f"\n\nfrom cells import Bidirectional\n\n\nclass Both(Bidirectional):\n    kind = {CLASS}\n"
    (place / "mine.py").write_text(FILE + both)
    result = script("train.py", text_file, "--cell", "mine.py:Both", *SMALL, "--steps", 2, "--out", "run")
    assert result.returncode == 0, result.stderr
    assert len(script("sample.py", "run", "--cell", "mine.py:Both", "--fill", "the _at").stdout.strip()) == 7
    assert_refused(script("sample.py", "run", "--cell", "mine.py:Both", "--next", 2), "model of cell mine.py:Both ")


def test_export_refuses_it_by_its_name_with_the_reason(run, script):
    for name in ("model.onnx", "page.html", "model.safetensors", "model.npz"):
        assert_refused(script("minrnn.export", "run", name), f"cell {CELL} cannot be exported", "file of your own")


def test_a_search_can_choose_it(place):
    assert axis(f"cell=lstm,{CELL}").choices == ("lstm", NAME)
    # The command that is shown at the end names the file.
    assert flags({"cell": NAME, "hidden": 3}) == f"--cell {CELL} --hidden 3"
    assert flags({"cell": "lstm"}) == "--cell lstm" and words({"cell": NAME}) == f"cell {CELL}"


def test_a_recipe_runs_no_file(place, script, text_file):
    (place / "mine.py").write_text("raise SystemError('this must not run')")
    (place / "recipe.toml").write_text(f'[options]\ncell = "{CELL}"\n')
    result = script("train.py", text_file, "--preset", "recipe.toml")
    assert_refused(result, "recipe.toml: cell = ", "a recipe runs no code of yours", "--cell")


def test_a_preset_goes_with_a_cell_of_ones_own(place, script, text_file):
    result = script("train.py", text_file, "--preset", "char-rnn", "--cell", CELL, *SMALL, "--steps", 1, "--out", "p")
    assert result.returncode == 0, result.stderr


WRONG_FILES = {
    "no file": ("nope.py:X", None, ["there is no file nope.py"]),
    "no class": ("mine.py", FILE, ["'mine.py' is not one of", "name its class, too: mine.py:Class"]),
    "another class": ("mine.py:Nope", FILE, ["there is no class 'Nope' in mine.py; it has PlainMixGRU"]),
    "an empty class": ("mine.py:", FILE, ["there is no class ''"]),
    "not a class": ("mine.py:blocks", FILE, ["there is no class 'blocks'"]),
    "not a cell": ("mine.py:X", "class X: pass", ["X in mine.py is not a cell", "neither forward nor backward"]),
    "a dict": (
        "mine.py:X",
        "class X(dict):\n    def forward(self): pass",
        ["X in mine.py has no __init__(self, D, H"],
    ),
    "raises": ("mine.py:X", "\nraise RuntimeError('two\\nlines')", ["RuntimeError: two lines (mine.py, line 2)"]),
    "exits": ("mine.py:X", "import sys\nsys.exit(0)", ["SystemExit: 0 (mine.py, line 2)"]),
    "syntax": ("mine.py:X", "a = 1\nclass X(:\n", ["importing mine.py", "(mine.py, line 2)"]),
    "NUL": ("mine.py:X", "a = 1\0", ["importing mine.py"]),
    "missing module": ("mine.py:X", "import nowhere_to_be_found", ["No module named", "(mine.py, line 1)"]),
    "a windows path": ("C:\\x\\cell.py:Class", None, ["there is no file C:\\x\\cell.py"]),
    "a module": ("cells.gru:GRU", None, ["'cells.gru:GRU' is not one of", "FILE.py:Class"]),
    "a typing error": ("lsmt", None, ["did you mean lstm", "FILE.py:Class"]),
}


@pytest.mark.parametrize("cell, text, words", WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_is_refused_in_one_line(cell, text, words, tmp_path, script, text_file):
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    assert_refused(script("train.py", text_file, "--cell", cell, *SMALL, "--steps", 1), *words)


@pytest.mark.skipif("os.name == 'nt'", reason="no colons in names there")
def test_a_path_may_have_colons(tmp_path):
    folder = tmp_path / "C:" / "a:b"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(FILE)
    assert own_cell(f"{folder}/{CELL}") == NAME


def test_the_file_may_import_its_neighbours_and_leaves_no_path(tmp_path, monkeypatch):
    import sys

    (tmp_path / "neighbour_of_mine.py").write_text(FILE)
    (tmp_path / "mine.py").write_text(f"from neighbour_of_mine import {CLASS}\n")
    before = list(sys.path)
    own_cell(f"{tmp_path / 'mine.py'}:{CLASS}")
    monkeypatch.delitem(sys.modules, "neighbour_of_mine")
    assert sys.path == before


BROKEN = {
    "float64 for float32": ("return 1 / (1 + np.exp(-a))", "return 1 / (1 + np.exp(-np.float64(a)))",
        ["dstate of backward is float64; expected float32"]),
    "a one-row state": ('self.trajectory("h", state, *x.shape[:2])',
        'self.trajectory("h", None if state is None else np.broadcast_to(state, (x.shape[1], self.H)), *x.shape[:2])',
        ["takes a state of shape (1, 6) for 4 rows", "raise ValueError"]),
    "no state": ('"h", state, *x', '"h", None, *x', ["forward ignores the state that it is given"]),
    "an old state": ("return h, h[-1].copy()", "return h, h[0].copy()", ["other values for a text in two parts"]),
    "the future": ("return h, h[-1].copy()", "return h + vectors[-1].sum(), h[-1].copy()",
        ["h of a time step depends on what comes after it"]),
    "no rows": ("p = p.reshape(*q_w.shape, h_prev.shape[1])", "p = p.reshape(*q_w.shape, -1)",
        ["forward, x (3, 0, 5)", "(mine.py, line"]),
    "no backward": ("    def backward(", "    def back(", ["has no backward; expected backward(dh, dstate=None)"]),
    "a wrong shape": ("else dx, dh_next", "else dx[0], dh_next", ["dx of backward has shape (4, 5)"]),
    "= for +=": ('grads["Wh"] +=', 'grads["Wh"][:] =', ["overwrites grads['Wh']"]),
    "no shapes": ("def shapes(D", "def sizes(D", ["raised TypeError: Cell.shapes()"]),
}  # fmt: skip


@pytest.mark.parametrize("right, wrong, words", BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_told_before_training(right, wrong, words, tmp_path, script, text_file):
    (tmp_path / "mine.py").write_text(changed(right, wrong))
    result = script("train.py", text_file, "--cell", CELL, *SMALL, "--steps", 1, "--out", "run")
    assert_refused(result, *words, f"python -m minrnn.gradcheck --cell {CELL} checks its gradients")
    assert not (tmp_path / "run").exists()


def test_a_stepper_of_ones_own_must_do_what_forward_does(tmp_path, script, text_file):
    stepper = "\n    def stepper(self, x, state):\n        return np.zeros((1, x.shape[1], self.H)), int\n"
    (tmp_path / "mine.py").write_text(FILE + stepper)
    assert_refused(script("train.py", text_file, "--cell", CELL, *SMALL), "a step of stepper gives other values")


@pytest.mark.parametrize("name", ["x.py:A@" + "0" * 63, "x.txt:A@" + "0" * 64, "x.py:A b@" + "0" * 64, 3, "lstm"])
def test_only_a_whole_name_of_a_file_asks_for_one(name):
    refuse_unknown(name)


def test_weight_drop_needs_the_matrix_wh(tmp_path, script, text_file):
    text = FILE.replace('"Wh"', '"U"')
    (tmp_path / "mine.py").write_text(text)
    result = script("train.py", text_file, "--cell", CELL, *SMALL, "--weight-drop", 0.3)
    assert_refused(result, f"--weight-drop drops elements of Wh, a matrix that cell {CELL} lacks")
    assert np.all([key != "Wh" for key in CELLS[own_cell(f"{tmp_path}/{CELL}")].shapes(3, 4)])
