"""The command `python -m minrnn.inspect`: its files, models beside one another, and what is refused."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_refused
from tiny_models import LAGS, LEVEL_TEXTS, png_size, tiny, vocabulary_of

from data import LEVELS
from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.inspect import views
from minrnn.inspect.beside import check_same_symbols
from minrnn.inspect.views import unique_names
from minrnn.system.errors import OptionError


@pytest.fixture
def inspect(script):
    return partial(script, "minrnn.inspect")


def test_the_command_writes_two_pictures_and_a_page(trained, text_file, tmp_path, inspect):
    result = inspect(
        trained, trained / "last.pkl", "--text", text_file, "--out", tmp_path, "--lags", 12, "--unit", "1:9"
    )
    assert result.returncode == 0, result.stderr
    names = [
        f"{kind}-cats-{which}.{end}" for which in ("best", "last") for kind, end in (("gates", "png"), ("page", "html"))
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["lag.png", *names])
    assert all(name in result.stdout for name in ["lag.png", *names])
    assert "at lag 10" in result.stdout and "cats-last" in result.stdout
    assert png_size(tmp_path / "lag.png") == (880, 550)
    width, height = png_size(tmp_path / "gates-cats-best.png")
    assert 1000 < width < 1500 and 250 < height < 500
    html = (tmp_path / "page-cats-best.html").read_text(encoding="utf-8")
    data = json.loads(html.split('id="data">')[1].split("</script>")[0])
    assert len(data["text"]) == 2000 and data["start"] == {"layer": 0, "unit": 8, "value": "h"}


def test_a_model_beside_another_shares_its_page_and_has_a_line_of_its_own(trained, text_file, tmp_path, inspect):
    result = inspect(
        trained,
        "--beside",
        trained / "last.pkl",
        "--text",
        text_file,
        "--out",
        tmp_path,
        "--lags",
        12,
        "--symbols",
        300,
    )
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gates.png", "lag.png", "page.html"]
    assert "cats-best: gradient" in result.stdout and "cats-last: gradient" in result.stdout
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = json.loads(html.split('id="data">')[1].split("</script>")[0])
    assert data["beside"]["names"] == ["cats-best", "cats-last"]
    assert len(data["beside"]["surprise"]) == len(data["surprise"]) == 300


def test_models_beside_one_another_must_read_the_same_symbols():
    letters, words = LEVELS["char"](list(" acet")), LEVELS["char"](list("t ace"))
    text = "a cat"
    ids = [np.array(v.encode(text)) for v in (letters, words)]
    check_same_symbols(("a", "b"), (letters, words), ids)
    with pytest.raises(OptionError, match="number 3 of the text is 'c' for a and 'e' for b"):
        check_same_symbols(("a", "b"), (letters, letters), (ids[0], letters.encode("a eat")))
    with pytest.raises(OptionError, match="number 4 of the text is 'a' for a and the end for b"):
        check_same_symbols(("a", "b"), (letters, letters), (ids[0], ids[0][:3]))


BAD = {
    "an unknown symbol": (["--text", "odd.txt"], ["🎉", "symbols this model knows"]),
    "an empty text": (["--text", "empty.txt"], ["empty.txt is empty"]),
    "a short text": (["--text", "short.txt"], ["3 symbols", "--lags 100 needs 201"]),
    "bytes that are no text": (["--text", "bytes.bin"], ["bytes.bin", "is not UTF-8", "train with --level byte"]),
    "a missing text": (["--text", "nowhere.txt"], ["nowhere.txt does not exist"]),
    "no text": ([], ["--text"]),
    "an unknown unit": (
        ["--text", "good.txt", "--unit", "1:300"],
        ["unit 300 of layer 1", "has layer 1 with 16 units"],
    ),
    "an unknown layer": (["--text", "good.txt", "--unit", "2:3"], ["unit 3 of layer 2", "has layer 1 with 16 units"]),
    "half a unit": (["--text", "good.txt", "--unit", "3"], ["'3' is not LAYER:UNIT"]),
    "a negative unit": (["--text", "good.txt", "--unit", "1:-3"], ["'1:-3' is not LAYER:UNIT"]),
    "no lags": (["--text", "good.txt", "--lags", 0], ["--lags", "1 or more"]),
    "too long a page": (["--text", "good.txt", "--symbols", 10**6], ["--symbols 1000000", "at most 20000"]),
    "no folder to write to": (["--text", "good.txt", "--out", "good.txt"], ["cannot write into good.txt"]),
    "an unknown symbol for two models": (
        ["--beside", "r", "--text", "odd.txt"],
        ["best.pkl: '🎉'", "this model knows"],
    ),
    "a missing model beside": (["--text", "good.txt", "--beside", "nowhere.pkl"], ["nowhere.pkl", "cannot be read"]),
    "a missing model": (["nowhere.pkl", "--text", "good.txt"], ["nowhere.pkl", "cannot be read"]),
    "no model": (["good.txt", "--text", "good.txt"], ["good.txt", "not a minrnn checkpoint"]),
    "a folder without a run": ([".", "--text", "good.txt"], ["folder without a run"]),
}


@pytest.mark.parametrize("arguments, words", BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_line(arguments, words, trained, text_file, tmp_path, inspect):
    texts = {"odd": "The cat 🎉.", "empty": "", "short": "cat", "good": text_file.read_text()}
    for name, content in texts.items():
        (tmp_path / f"{name}.txt").write_text(content, encoding="utf-8")
    (tmp_path / "bytes.bin").write_bytes(bytes(range(128, 256)) * 5)
    arguments = [trained if a == "r" else a for a in arguments]
    assert_refused(inspect(trained, *arguments), "python -m minrnn.inspect: ", *words)
    assert not (trained / "inspect").exists()


def test_nan_weights_are_refused(trained, text_file, tmp_path, inspect):
    saved = checkpoint.load(trained / "best.pkl")
    saved["weights"]["output.b"][0] = np.nan
    (tmp_path / "nan.pkl").write_bytes(file.encoded(saved))
    assert_refused(inspect(tmp_path / "nan.pkl", "--text", text_file), "nan.pkl", "not finite")


def test_a_single_model_has_its_views_in_a_folder_beside_it(trained, text_file, tmp_path, inspect):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "last.pkl").write_bytes((trained / "last.pkl").read_bytes())
    result = inspect(tmp_path / "run", "--text", text_file, "--lags", 1, "--symbols", 1)
    assert result.returncode == 0, result.stderr
    assert sorted(p.name for p in (tmp_path / "run" / "inspect").iterdir()) == ["gates.png", "lag.png", "page.html"]


@pytest.mark.parametrize("size", [1e30, *(pytest.param(size, marks=pytest.mark.slow) for size in (1e4, 1e15))])
def test_a_model_of_large_weights_is_shown(size, rng, tmp_path):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    model = tiny("lstm", rng, V=len(vocabulary), dtype=np.float32)
    model.params *= np.float32(size)
    views.write_views(tmp_path / "gates.png", tmp_path / "page.html", model, vocabulary, symbols, "a title", None, LAGS)
    assert png_size(tmp_path / "gates.png")
    assert "nats a symbol" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_every_model_has_a_name_of_its_own():
    paths = [Path(p) for p in ("a/x/best.pkl", "b/x/best.pkl", "c/x-best-2/best.pkl", "d/y/best.pkl", "d/y/last.pkl")]
    names = unique_names(paths)
    assert len(set(names)) == 5 and names[:2] + names[3:] == ["x-best", "x-best-2", "y-best", "y-last"]
