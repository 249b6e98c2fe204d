"""A page that writes, made of a model: how large it is, what rounding costs, and which models it refuses."""

import base64
import json
import re
from functools import partial
from inspect import signature

import numpy as np
import pytest
from conftest import ROOT, assert_refused

from cells import CELLS
from data import LEVELS, CharVocabulary
from minrnn.export import html
from minrnn.export.html import exported, packed, refuse_others
from minrnn.nn.build import build
from minrnn.system.errors import OptionError

LETTERS = CharVocabulary(sorted("\n" + "".join(map(chr, range(32, 96)))))


def facts_of(page):
    """The data in a page."""
    return json.loads(re.search(rb'<script type="application/json" id="data">(.*?)</script>', page)[1])


def model_of(**config):
    return build({"V": len(LETTERS), "cell": "lstm", "hidden": 16, **config}, np.random.default_rng(7))


@pytest.mark.parametrize(("bits", "limit"), [(32, 2.6e6), (8, 0.7e6)])
def test_a_page_with_256_units_can_be_mailed(bits, limit):
    assert len(LETTERS) == 65
    assert len(exported(model_of(hidden=256), LETTERS, bits=bits)) <= limit


def test_all_that_a_page_needs_is_in_it():
    page = exported(model_of(), LETTERS).decode()
    assert "@@" not in page
    assert not re.search(r"""(src|href)=["'](?!data:)|https?:|@import|url\(""", page)
    assert page.count("<script") == page.count("</script>") == 2


@pytest.mark.parametrize("settings", [{}, {"embed": 6}, {"embed": 16, "tie_weights": True}])
def test_float32_weights_are_in_the_page_to_the_byte(settings):
    model = model_of(layers=2, **settings)
    facts = facts_of(exported(model, LETTERS))
    assert base64.b64decode(facts["weights"]) == model.params.tobytes()
    assert facts["shapes"] == {name: list(w.shape) for name, w in model.weights().items()}


def test_eight_bits_are_off_by_half_a_step_at_most_and_the_model_keeps_its_weights(rng):
    w = rng.standard_normal((50, 7)).astype(np.float32)
    w[:, 3] = 0
    rounded = w.copy()
    data = packed(rounded, 8)
    scale, integers = np.frombuffer(data[:28], "<f4"), np.frombuffer(data[28:], np.int8).reshape(50, 7)
    np.testing.assert_array_equal(rounded, integers * scale)
    np.testing.assert_allclose(scale, np.abs(w).max(axis=0) / 127, rtol=1e-6)
    assert (np.abs(rounded - w) <= scale / 2 * 1.0001).all()
    bias = w[0].copy()
    assert packed(bias, 8) == w[0].tobytes()

    model = model_of()
    before = model.params.copy()
    exported(model, LETTERS, bits=8)
    np.testing.assert_array_equal(model.params, before)


def test_the_loss_with_and_without_rounding_is_said(tmp_path, capsys, text_file):
    vocabulary = LEVELS["char"].learn(html.Text([str(text_file)]))
    model = model_of(V=len(vocabulary))
    symbols, _ = vocabulary.encode_text(html.Text([str(text_file)]))
    framed = model.framed(symbols, vocabulary.opening())[:, np.newaxis]
    expected = model.loss(framed[:-1], framed[1:])[0] / len(symbols)
    exported(model, vocabulary, bits=8, score=str(text_file))
    exact, rounded = map(
        float, re.search(r": ([\d.]+) in 32 bits, ([\d.]+) in 8 bits", capsys.readouterr().err).groups()
    )
    assert exact == pytest.approx(expected, abs=6e-5)
    assert rounded == pytest.approx(exact, abs=0.02)
    exported(model, vocabulary, bits=8)
    assert re.search(r"changes the weights by 0\.[2-9]\d%", capsys.readouterr().err)
    exported(model, vocabulary)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell not in html.CELLS])
def test_every_other_cell_is_refused_with_the_reason(cell):
    with pytest.raises(
        OptionError, match=f"cell {cell} cannot write in a page: it (reads a text from both|is not among)"
    ):
        refuse_others(model_of(cell=cell))


def test_what_the_page_does_not_know_is_refused_by_name():
    model = model_of()
    model.config["residual"] = True
    with pytest.raises(OptionError, match="does not know residual"):
        refuse_others(model)
    del model.config["residual"]
    model.parts["layers.0.more."] = model.parts.pop("output.")
    with pytest.raises(OptionError, match=r"does not know layers\.0\.more\.W"):
        refuse_others(model)


def test_the_docs_name_the_options_and_the_cells():
    docs = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `--(\w+)", docs, re.M) == ["bits", "score", "title"]
    assert {*signature(exported).parameters} == {"model", "vocabulary", "bits", "score", "title"}
    assert all(f"`{cell}`" in docs for cell in html.CELLS)


@pytest.fixture
def export(script):
    return partial(script, "minrnn.export")


def test_the_command_names_the_page_after_the_run_and_refuses_what_does_not_fit(trained, tmp_path, export, text_file):
    out = tmp_path / "page.html"
    result = export(trained, out, "--bits", 8, "--score", text_file)
    assert result.returncode == 0 and result.stdout == ""
    assert " in 8 bits" in result.stderr and f"{out}: " in result.stderr and " MB" in result.stderr
    assert facts_of(out.read_bytes())["title"] == trained.name
    assert export(trained / "best.pkl", out, "--title", "<i>cats</i>").returncode == 0
    assert facts_of(out.read_bytes())["title"] == "<i>cats</i>"
    before = out.read_bytes()
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert_refused(export(trained, out, "--score", empty), "empty.txt")
    assert_refused(export(trained, out, "--bits", 16), "--bits", "8, 32")
    assert_refused(export(trained, tmp_path / "a.onnx", "--bits", 8), "--bits is not for .onnx")
    assert out.read_bytes() == before
