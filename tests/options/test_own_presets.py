"""A user's own recipe is a TOML file; what is wrong in it is told in one line with the file and the option."""

import pytest
from conftest import assert_refused
from runs import TINY

from minrnn.options.presets import load
from minrnn.options.resolve import resolve
from minrnn.system.errors import OptionError

MINE = """
title = "a small GRU"
source = "my notebook"
published = "1.5 nats"

[options]
cell = "gru"
layers = 1
hidden = 8
batch-size = 4
seq_len = 8
lr = 1
steps = 3
val = 0.25
sample_style = ["one", "several"]
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """recipe(text) writes mine.toml into the current folder, which is empty, and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(content):
        (tmp_path / "mine.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
        return "mine.toml"

    return write


def refusal(name):
    with pytest.raises(OptionError) as error:
        load(name)
    message = str(error.value)
    assert "\n" not in message and "mine.toml" in message
    return message


def test_an_own_recipe_gives_its_options_and_those_beside_it_win(recipe):
    options = resolve({"preset": recipe(MINE), "hidden": 16})
    expected = {"cell": "gru", "batch_size": 4, "seq_len": 8, "hidden": 16, "lr": 1.0, "steps": 3, "minutes": None}
    assert {name: options[name] for name in expected} == expected
    assert type(options["lr"]) is float
    assert options["preset"] == "mine.toml"


def test_an_own_recipe_may_leave_out_what_the_published_ones_have(recipe):
    options = resolve({"preset": recipe("[options]\nbeta1 = 0.5\n"), "cell": "gru"})
    assert (options["beta1"], options["cell"], options["val"], options["minutes"]) == (0.5, "gru", 0.1, 2.0)
    assert resolve({"preset": "mine.toml", "optimizer": "sgd"})["beta1"] == 0.9


def test_what_a_recipe_holds_out_is_all_that_is_held_out(recipe):
    options = resolve({"preset": recipe("[options]\nval_first = 50\n")})
    assert (options["val"], options["val_first"]) == (0, 50)
    assert resolve({"preset": "mine.toml", "val": 0.5})["val_first"] == 0


WRONG = {
    "no TOML": ("[options\n", ["not TOML", "line 1"]),
    "a value without quotes": ("[options]\ncell = gru\n", ["not TOML", "line 2"]),
    "not UTF-8": (b"title = '\xff'\n[options]\n", ["not TOML", "utf-8"]),
    "nothing": ("", ["no options", "[options]"]),
    "options that are not a table": ("options = 3\n", ["[options]"]),
    "an unknown text": ("titel = 'x'\n[options]\n", ["titel", "did you mean title?"]),
    "a text that is a number": ("title = 3\n[options]\n", ["title", "text"]),
    "an option above [options]": ("hidden = 3\n[options]\n", ["hidden", "below [options]"]),
    "an unknown option": ("[options]\nhiden = 3\n", ["no option hiden", "did you mean hidden?"]),
    "an option of the command line": ("[options]\nout = 'x'\n", ["out", "command line"]),
    "a preset in a preset": ("[options]\npreset = 'laptop'\n", ["preset", "command line"]),
    "a start": ("[options]\ninit-from = 'm.pkl'\n", ["init-from", "command line"]),
    "an option in both spellings": ("[options]\nseq-len = 3\nseq_len = 4\n", ["seq_len", "twice"]),
    "a number that is too low": ("[options]\nhidden = 0\n", ["hidden = 0", "1 or more"]),
    "a number in quotes": ("[options]\nlr = '0.5'\n", ["lr = '0.5'", "a number above 0"]),
    "a fraction of a unit": ("[options]\nhidden = 8.5\n", ["hidden = 8.5", "whole number"]),
    "not a number": ("[options]\nlr = nan\n", ["lr = nan", "a number above 0"]),
    "a switch that is a number": ("[options]\nletters = 1\n", ["letters = 1", "true or false"]),
    "an unknown cell": ("[options]\ncell = 'lsmt'\n", ["cell", "'lsmt'", "did you mean lstm"]),
    "a cell that is a number": ("[options]\ncell = 5\n", ["cell = 5", "text in quotes"]),
    "an unknown initialiser": ("[options]\ninit = 'uniform:x'\n", ["init", "uniform:B"]),
    "a style that is no list": ("[options]\nsample_style = 'one'\n", ["sample_style", "list"]),
    "an unknown style": ("[options]\nsample_style = ['one', 'two']\n", ["sample_style", "'two'", "several"]),
    "an empty list": ("[options]\ntext = []\n", ["text", "list"]),
    "an empty text": ("[options]\ntext = ['']\n", ["text", "empty"]),
    "a zero byte": ('[options]\ntext = ["a\\u0000b"]\n', ["text"]),
    "a date": ("[options]\nsteps = 2024-02-29\n", ["steps", "date"]),
    "two lengths": ("[options]\nsteps = 5\nepochs = 5\n", ["epochs and steps"]),
    "two parts held out": ("[options]\nval_first = 5\nval_files = 1\n", ["val_first and val_files"]),
    "an option of another cell": ("[options]\nrounds = 5\n", ["rounds", "mogrifier", "not to lstm"]),
    "very many brackets": ("x = " + "[" * 100_000, ["not TOML"]),
    "a number of 5,000 digits": ("[options]\nsteps = " + "9" * 5000, ["TOML"]),
    "a large file": (b"#" * (1 << 21), ["megabyte"]),
}


@pytest.mark.parametrize("content, words", WRONG.values(), ids=WRONG)
def test_a_wrong_recipe_is_told_with_the_file_and_the_option(content, words, recipe):
    message = refusal(recipe(content))
    assert all(word in message for word in words), message
    assert len(message) < 500


def test_a_recipe_that_is_no_file_is_refused(recipe, tmp_path):
    assert "does not exist" in refusal("mine.toml")
    (tmp_path / "mine.toml").mkdir()
    assert "TOML file" in refusal("mine.toml")
    with pytest.raises(OptionError, match="did you mean r2rt-gru"):
        load("r2rt-gru.toml")


def test_train_py_shows_the_recipe_and_resumes_without_its_file(recipe, script, text_file, tmp_path):
    small = ["--threads", 1, "--out", "r"]
    result = script("train.py", text_file, "--preset", recipe(MINE), *small)
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith("preset: mine.toml: a small GRU\npublished: 1.5 nats; my notebook\ntext: 1 file")
    (tmp_path / "mine.toml").unlink()
    result = script("train.py", "--resume", "--out", "r", "--steps", 5)
    assert result.returncode == 0, result.stderr
    assert "my notebook" not in result.stderr and "model: gru 1 x 8" in result.stderr
    assert_refused(script("train.py", "--resume", "--out", "r", "--preset", "other.toml"), "contradicts", "mine.toml")


def test_train_py_refuses_a_wrong_recipe_in_one_line(recipe, script, text_file):
    name = recipe("[options]\nhiden = 3\n")
    assert_refused(script("train.py", text_file, "--preset", name, *TINY), "mine.toml: there is no option hiden")


@pytest.mark.parametrize(
    "preset, where",
    [("r2rt-gru", "tinyshakespeare; give that name in place of a file"), ("udacity-lstm64", "text8")],
)
def test_a_preset_whose_text_is_missing_says_where_to_get_it(preset, where, script):
    result = script("train.py", "no-such.txt", "--preset", preset)
    assert_refused(result, "no-such.txt does not exist", f"the text of the preset: {where}")


def test_a_recipe_may_name_its_text(recipe, script, text_file):
    name = recipe(MINE + f'text = ["{text_file}"]\n')
    result = script("train.py", "--preset", name, "--threads", 1, "--quiet", "--out", "r")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_published_recipe_shows_its_number_its_source_and_its_text(script, text_file):
    result = script("train.py", text_file, "--preset", "r2rt-gru", *TINY, "--steps", 1)
    assert result.returncode == 0, result.stderr
    preset, published, text, *_ = result.stderr.splitlines()
    assert preset.startswith("preset: r2rt-gru: 3 x GRU 100")
    assert published.startswith("published: training loss 1.75318") and "r2rt.com" in published
    assert text == "published for the text: tinyshakespeare"
