"""page.html in a real browser: what a person clicks and reads there is what the model computes."""

import re

import numpy as np
import pytest
from chromium import chromium, watched
from texts import text_of
from three_states import add_three_states

from data import LEVELS
from minrnn.inspect.page import write_page
from minrnn.inspect.reading import read
from minrnn.nn.build import build

pytestmark = pytest.mark.slow

HOSTILE = (
    '</script><img src=x onerror="window.harmed=1"><script>window.harmed=2</script>\n'
    "<!-- <script> \"quotes\" 'and' `${window.harmed=3}` \\u003c @@data@@ &lt;b&gt;\t"
    "\x01\x1b\u202e\u2028 e\u0301 🎉 end\n"
)
H = 6
# What page_look.css and page_base.js say of a light page.
PLUS, MINUS, GATE, SURPRISE = "224, 108, 30", "40, 116, 196", "34, 150, 94", "208, 44, 74"
FULL, NATS = 0.85, 6
COARSE = 0.007  # A browser keeps the share of a colour as a byte, and tells it with two or three digits.


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function: (path of a page, its reading, its vocabulary) for a text read by a model of random weights."""

    def make(content=HOSTILE, level="char", cell="lstm", **settings):
        rng = np.random.default_rng(5)
        text = text_of(content)
        vocabulary = LEVELS[level].learn(text)
        symbols, _ = vocabulary.encode_text(text)
        model = build({"V": len(vocabulary), "cell": cell, "layers": 2, "hidden": H}, rng)
        model.params += 0.3 * rng.standard_normal(model.params.size).astype(np.float32)
        reading = read(model, vocabulary, symbols)
        path = tmp_path_factory.mktemp("page") / "page.html"
        write_page(path, reading, vocabulary, "<b>lstm</b> & co", "about it", **settings)
        return path, reading, vocabulary

    return make


@pytest.fixture
def opened(browser):
    with watched(browser) as open_page:
        yield open_page


def colours(page):
    """The (rgb, share of the strongest) that each symbol is painted in."""
    script = "[...document.querySelectorAll('#text span')].map((s) => getComputedStyle(s).backgroundColor)"
    found = [re.fullmatch(r"rgba?\((\d+, \d+, \d+)(?:, ([\d.]+))?\)", c).groups() for c in page.evaluate(script)]
    return [rgb for rgb, _ in found], np.array([float(alpha) for _, alpha in found]) / FULL


def choose(page, group, name):
    page.locator(f"#{group} button", has_text=re.compile(f"^{name}$")).click()


def test_a_clicked_unit_paints_every_symbol_by_its_value(opened, made):
    path, reading, _ = made(unit=(0, 1))
    page = opened(path)
    assert page.locator("#now").inner_text() == "layer 1, unit 2: h"
    first = colours(page)
    h = reading.layers["layer 2"]["h"]
    unit = np.minimum(h.max(axis=0), -h.min(axis=0)).argmax()  # one that takes both signs
    choose(page, "layers", "layer 2")
    page.locator("#grid button").nth(unit).click()
    assert page.locator("#now").inner_text() == f"layer 2, unit {unit + 1}: h"
    assert page.locator("#unit").input_value() == str(unit + 1)
    for name in "hc":
        choose(page, "values", name)
        v = reading.layers["layer 2"][name][:, unit]
        rgb, share = colours(page)
        assert (rgb, share.tolist()) != (first[0], first[1].tolist())
        np.testing.assert_allclose(share, np.abs(v) / np.abs(v).max(), atol=2 * COARSE)
        seen = np.abs(v) > 0.02 * np.abs(v).max()
        assert {(c, x > 0) for c, x, shown in zip(rgb, v, seen) if shown} == {(PLUS, True), (MINUS, False)}
    for name in "ifo":
        choose(page, "values", name)
        rgb, share = colours(page)
        np.testing.assert_allclose(share, reading.layers["layer 2"][name][:, unit], atol=COARSE)
        assert set(rgb) == {GATE}


def test_a_typed_number_or_a_click_on_a_remarkable_unit_selects_it(opened, made):
    path, _, _ = made("It is '1' and '2', so (or so) THEY say.\n" * 6, cell="gru")
    page = opened(path)
    page.locator("#unit").fill("3")
    page.locator("#unit").press("Enter")
    assert ", unit 3: " in page.locator("#now").inner_text()
    page.locator("#unit").fill("999")
    page.locator("#unit").press("Enter")
    assert f", unit {H}: " in page.locator("#now").inner_text()
    one = page.locator("#notable button", has_text="inside quotes")
    layer, unit = re.search(r"(layer \d), unit (\d+)", one.inner_text()).groups()
    one.click()
    assert page.locator("#now").inner_text() == f"{layer}, unit {unit}: h"
    assert one.get_attribute("aria-pressed") == "true"


def test_surprise_paints_every_symbol_by_its_nats(opened, made):
    path, reading, _ = made()
    page = opened(path)
    choose(page, "values", "surprise")
    rgb, share = colours(page)
    assert set(rgb) == {SURPRISE}
    np.testing.assert_allclose(share, np.minimum(1, reading.surprise / NATS), atol=COARSE)
    assert np.ptp(share) > 0.1


def test_a_tooltip_has_the_five_likeliest_symbols_and_the_value(opened, made):
    path, reading, vocabulary = made("the cat sat\n" * 4, unit=(1, 3))
    page = opened(path)
    tip = page.locator("#tip")
    assert not tip.is_visible()
    signs = {" ": "␣", "\n": "↵"}
    for place in (1, 17, 40):
        page.locator("#text span").nth(place).hover()
        assert tip.is_visible()
        rows = [row.inner_text().split() for row in tip.locator(".guess").all()]
        expected = [vocabulary.symbols[k] for k in reading.guesses[place]]
        assert [row[0] for row in rows] == [signs.get(s, s) for s in expected]
        told = [float(row[1].rstrip("%")) / 100 for row in rows]
        np.testing.assert_allclose(told, reading.chances[place], atol=6e-4)
        p = np.exp(-reading.surprise[place])
        text = tip.inner_text()
        assert float(re.search(r"probability ([\d.]+)%", text)[1]) / 100 == pytest.approx(p, abs=6e-4)
        assert float(re.search(r"([\d.]+) nats", text)[1]) == pytest.approx(reading.surprise[place], abs=6e-3)
        h = reading.layers["layer 2"]["h"]
        assert float(re.search(r"layer 2, unit 4: h = (\S+)", text)[1]) == pytest.approx(
            h[place, 3], abs=float(np.abs(h[:, 3]).max()) / 250
        )
    page.mouse.move(5, 5)
    assert not tip.is_visible()


def test_the_grid_shows_all_units_at_the_symbol_under_the_pointer(opened, made):
    path, reading, _ = made(unit=(0, 0))
    page = opened(path)
    page.locator("#text span").nth(9).hover()
    script = "[...document.querySelectorAll('#grid button')].map((b) => getComputedStyle(b).backgroundColor)"
    h = reading.layers["layer 1"]["h"]
    shares = [float(c.rstrip(")").split(",")[-1]) / FULL for c in page.evaluate(script)]
    np.testing.assert_allclose(shares, np.abs(h[9]) / np.abs(h).max(axis=0), atol=2 * COARSE)


@pytest.mark.parametrize("level", LEVELS)
def test_a_hostile_text_is_shown_and_not_run(level, opened, made):
    path, reading, _ = made(level=level)
    page = opened(path)
    page.locator("#text span").nth(3).hover()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    assert page.title() == page.locator("h1").inner_text() == "<b>lstm</b> & co"
    shown = page.locator("#text").text_content()
    assert page.locator("#text span").count() == len(reading.symbols)
    if level != "byte":
        assert "".join(re.findall(r"[!-~]", shown)).startswith("".join(re.findall(r"[!-~]", HOSTILE))[:99])
        assert "\\u{202E}" in shown and "\\x01" in shown and "🎉" in shown
    assert "</script><img" in shown and "@@data@@" in shown and "↵\n" in shown and "⇥\t" in shown


def test_a_cloze_model_has_its_two_stacks_as_layers(opened, made):
    path, reading, _ = made("the cat sat\n" * 4, cell="bigru")
    page = opened(path)
    names = ["forward 1", "forward 2", "backward 1", "backward 2"]
    assert page.locator("#layers button").all_inner_texts() == names
    choose(page, "layers", "backward 2")
    choose(page, "values", "z")
    page.locator("#grid button").nth(2).click()
    np.testing.assert_allclose(colours(page)[1], reading.layers["backward 2"]["z"][:, 2], atol=COARSE)


def test_a_cell_that_nobody_knows_has_all_its_values(opened, made, monkeypatch):
    path, reading, _ = made("the cat sat\n" * 4, cell=add_three_states(monkeypatch), unit=(1, 2))
    page = opened(path)
    assert page.locator("#values button").all_inner_texts() == ["surprise", "h", "c", "s", "f", "g"]
    choose(page, "values", "s")
    s = reading.layers["layer 2"]["s"][:, 2]
    np.testing.assert_allclose(colours(page)[1], np.abs(s) / np.abs(s).max(), atol=2 * COARSE)
    choose(page, "values", "f")
    rgb, share = colours(page)
    np.testing.assert_allclose(share, reading.layers["layer 2"]["f"][:, 2], atol=COARSE)
    assert set(rgb) == {GATE}


def test_a_dark_page_has_light_letters_on_dark_paper(opened, made):
    path, _, _ = made("the cat sat\n" * 4)
    brightness = {}
    for scheme in ("light", "dark"):
        page = opened(path, scheme)
        script = "(p) => getComputedStyle(document.body)[p].match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
        brightness[scheme] = [page.evaluate(script, name) for name in ("color", "backgroundColor")]
    assert brightness["light"][0] + 300 < brightness["light"][1]
    assert brightness["dark"][1] + 300 < brightness["dark"][0]
