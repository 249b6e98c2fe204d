"""page.html in a real browser: what a person clicks and reads there is what the model computes."""

import re
from dataclasses import replace

import numpy as np
import pytest
from texts import text_of
from three_states import add_three_states

from data import LEVELS
from minrnn.inspect.beside import Beside
from minrnn.inspect.matters import matters
from minrnn.inspect.page import quantised, write_page
from minrnn.inspect.reading import read
from minrnn.nn.build import build

pytestmark = pytest.mark.slow

HOSTILE = (
    '</script><img src=x onerror="window.harmed=1"><script>window.harmed=2</script>\n'
    "<!-- <script> \"quotes\" 'and' `${window.harmed=3}` \\u003c @@data@@ &lt;b&gt;\t"
    "\x01\x1b\u202e\u2028 e\u0301 🎉 end\n"
)
H, REACH = 6, 20
# What page_look.css and page_base.js say of a light page.
PLUS, MINUS, GATE, SURPRISE = "224, 108, 30", "40, 116, 196", "34, 150, 94", "208, 44, 74"
FULL, NATS = 0.85, 6
COARSE = 0.007  # A browser keeps the share of a colour as a byte, and tells it with two or three digits.


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
        make.norms = matters(model, symbols, vocabulary.opening(), REACH)
        write_page(path, reading, vocabulary, "<b>lstm</b> & co", "about it", norms=make.norms, **settings)
        return path, reading, vocabulary

    return make


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
    assert re.search(r"lower\s[^−]* r −|higher\s[^−]*$", one.inner_text())
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


def told(panel, what):
    """The number that stands in the panel after these words."""
    return float(re.search(rf"{re.escape(what)} ([−\d.e+-]+)", panel.inner_text())[1].replace("−", "-"))


def guesses(rows):
    """(symbols, probabilities) of the rows of a prediction."""
    texts = [row.inner_text().split() for row in rows.all()]
    return [symbol for symbol, _ in texts], [float(p.rstrip("%")) / 100 for _, p in texts]


SIGNS = {" ": "␣", "\n": "↵"}


def test_the_panel_tells_the_prediction_before_a_symbol_from_the_unit_after_it(opened, made):
    path, reading, vocabulary = made("the cat sat\n" * 4, unit=(1, 3))
    page = opened(path)
    panel = page.locator("#panel")
    assert "press →" in panel.inner_text()
    for place in (1, 17, 40):
        page.locator("#text span").nth(place).hover()
        symbols, chances = guesses(panel.locator(".guess"))
        assert symbols == [SIGNS.get(s, s) for s in map(vocabulary.label, reading.guesses[place])]
        np.testing.assert_allclose(chances, reading.chances[place], atol=6e-4)
        before, after = panel.inner_text().split("After it was read: layer 2, unit 4")
        assert "Before it was read: the prediction" in before and f"SYMBOL {place + 1} OF 48" in before
        assert told(panel, "probability") / 100 == pytest.approx(np.exp(-reading.surprise[place]), abs=6e-4)
        assert float(re.search(r"([\d.]+) nats", before)[1]) == pytest.approx(reading.surprise[place], abs=6e-3)
        assert "=" not in before and "%" not in after
        for name, v in reading.layers["layer 2"].items():
            assert told(panel, f"{name} =") == pytest.approx(v[place, 3], abs=float(np.abs(v[:, 3]).max()) / 150)
    page.mouse.move(5, 5)
    assert "press →" in panel.inner_text()


@pytest.mark.parametrize("width", [1200, 390])
def test_the_panel_hides_no_symbol_that_is_looked_at(width, opened, made):
    path, _, _ = made("the cat sat on the mat and then it ran\n" * 40)
    page = opened(path, width=width)
    for place in (0, 700, 1559):
        page.locator("#text span").nth(place).click()
        panel, symbol = page.locator("#panel").bounding_box(), page.locator("#text .here").bounding_box()
        assert symbol["x"] + symbol["width"] < panel["x"] or symbol["y"] + symbol["height"] < panel["y"]
        assert 0 <= symbol["y"] and panel["y"] + 30 < 800 and panel["x"] + panel["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def grid(page):
    """The share of the strongest colour of every unit."""
    script = "[...document.querySelectorAll('#grid button')].map((b) => getComputedStyle(b).backgroundColor)"
    return np.array([float(c.rstrip(")").split(",")[-1]) / FULL for c in page.evaluate(script)])


@pytest.mark.parametrize("name", ["h", "c", "f"])
def test_the_grid_shows_the_value_that_is_chosen_with_and_without_a_pointer(name, opened, made):
    path, reading, _ = made(unit=(0, 0))
    page = opened(path)
    choose(page, "values", name)
    v = reading.layers["layer 1"][name]
    np.testing.assert_allclose(grid(page), v.std(axis=0) / v.std(axis=0).max(), atol=0.03)
    assert f"how much {name} of each unit varies" in page.locator("#gridnote").inner_text()
    page.locator("#text span").nth(9).hover()
    most = 1 if name == "f" else np.abs(v).max(axis=0)
    np.testing.assert_allclose(grid(page), np.abs(v[9]) / most, atol=2 * COARSE)
    assert f"{name} of every unit after symbol 10" in page.locator("#gridnote").inner_text()


def test_keys_move_the_symbol_and_the_unit_and_choose_the_value(opened, made):
    path, reading, _ = made("the cat sat\n" * 4, unit=(0, 1))
    page = opened(path)
    now, here = page.locator("#now"), page.locator("#text .here")
    page.locator("#text").focus()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    assert here.get_attribute("data-place") == "1" and "SYMBOL 2 OF 48" in page.locator("#panel").inner_text()
    outline = "getComputedStyle(document.querySelector('%s')).outlineStyle"
    assert page.evaluate(outline % "#text .here") == page.evaluate(outline % "#text") == "solid"
    press(page, "End")
    assert here.get_attribute("data-place") == "47"
    press(page, "ArrowRight", "Home")
    assert here.get_attribute("data-place") == "0"
    press(page, "ArrowDown", "ArrowDown", "ArrowUp", "c")
    assert now.inner_text() == "layer 1, unit 3: c"
    press(page, "]", "f")
    assert now.inner_text() == "layer 2, unit 3: f"
    np.testing.assert_allclose(colours(page)[1], reading.layers["layer 2"]["f"][:, 2], atol=COARSE)
    press(page, "s")
    assert now.inner_text().startswith("surprise")
    press(page, "Escape")
    assert here.count() == 0
    told_keys = page.locator("#keys").inner_text()
    assert all(f"{key} {what}" in told_keys for key, what in (("→", "symbol"), ("o", "value"), ("s", "surprise")))
    page.locator("#unit").fill("2")
    press(page, "ArrowUp")
    assert page.locator("#unit").input_value() == "3" and here.count() == 0, "an input has its own keys"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_what_mattered_shades_the_symbols_around_the_chosen_one(cell, opened, made):
    path, reading, vocabulary = made("the cat sat\n" * 4, cell=cell)
    found = made.norms
    page = opened(path)
    press(page, "m")
    assert page.locator("#now").inner_text() == "what mattered: choose a symbol" and not colours(page)[1].any()
    page.locator("#text span").nth(30).click()
    symbol = vocabulary.label(reading.symbols[30])
    assert page.locator("#now").inner_text() == f"what mattered for the prediction of {symbol} (symbol 31)"
    expected = np.zeros(len(reading.symbols))
    expected[30 - REACH : 30] = found[0][30, ::-1]
    if cell == "bigru":
        expected[31:] = found[1][30, :17]
    np.testing.assert_allclose(colours(page)[1], expected / expected.max(), atol=0.012)
    page.locator("#text span").nth(28).hover()
    assert told(page.locator("#panel"), "norm of dL/dx =") == pytest.approx(expected[28], abs=0.012 * expected.max())
    assert "does not say" in page.locator("#meaning").inner_text()
    page.mouse.move(5, 5)
    press(page, "ArrowLeft")
    assert "(symbol 30)" in page.locator("#now").inner_text()


def shares(v, gate=False):
    """v (n, H) as the page has it: shares of the largest value of each unit."""
    q = quantised(v, gate)[0].T.astype(float)
    return q / 255 if gate else (q - 128) / 127


def test_curves_are_the_values_of_the_units_that_were_added(opened, made):
    path, reading, vocabulary = made("the cat sat on the mat, and so on\n" * 9, unit=(0, 2))
    page = opened(path)
    assert not page.locator("#curves").is_visible()
    press(page, "a", "]", "f", "ArrowDown")
    page.locator("#addCurve").click()
    page.locator("#text span").nth(150).click()
    lines = page.locator("#curves polyline")
    assert lines.count() == 2
    letters = page.locator("#curves text").all_text_contents()
    n, width = len(reading.symbols), len(letters)
    first = 150 - width // 2
    text = vocabulary.decode(reading.symbols[first : first + 8])
    assert 0 < first < n - width and letters[:8] == [SIGNS.get(c, c) for c in text]
    expected = [shares(reading.layers["layer 1"]["h"])[:, 2], shares(reading.layers["layer 2"]["f"], True)[:, 3]]
    for line, v in zip(lines.all(), expected):
        points = np.array([tuple(map(float, p.split(","))) for p in line.get_attribute("points").split()])
        np.testing.assert_allclose(1 - (points[:, 1] - 1) / 55, v[first : first + width], atol=2e-3)
    names = page.locator("#curveNames button")
    assert "layer 1, unit 3: h ±" in names.nth(0).inner_text()
    assert "layer 2, unit 4: f 0 to 1" in names.nth(1).inner_text()
    # A click on the picture chooses the symbol there, and the picture moves along.
    box = page.locator("#curves svg").bounding_box()
    page.mouse.click(box["x"] + 10.5 * box["width"] / width, box["y"] + 50)
    assert page.locator("#text .here").get_attribute("data-place") == str(first + 10)
    names.nth(0).click()
    assert lines.count() == 1
    press(page, "a")
    assert not page.locator("#curves").is_visible()


def best_places(v, first, last, threshold, gate=False):
    """The slow way: (units on all through the selection, [(start, same, others)] of the best places)."""
    part = shares(v, gate)
    on = np.concatenate([part >= threshold] + ([] if gate else [part <= -threshold]), axis=1)
    length = last - first + 1
    through = np.array([on[k : k + length].all(axis=0) for k in range(len(v) - length + 1)])
    same, others = through[:, through[first]].sum(axis=1), through[:, ~through[first]].sum(axis=1)
    taken = []
    for k in np.lexsort((np.arange(len(same)), others, -same)):
        if same[k] and all(abs(k - other) >= length for other in [first, *(start for start, *_ in taken)]):
            taken.append((int(k), int(same[k]), int(others[k])))
    return int(through[first].sum()), taken[:10]


def listed(page):
    """What the list of places tells: [(start, same, others), ...]."""
    found = []
    for button in page.locator("#matches button").all():
        start = int(re.search(r"symbols (\d+) to", button.get_attribute("title"))[1]) - 1
        found.append((start, *map(int, re.search(r"(\d+) of \d+, (\d+) others", button.inner_text()).groups())))
    return found


@pytest.mark.parametrize("name", ["h", "f"])
def test_a_selected_phrase_finds_where_the_same_units_are_on(name, opened, made):
    path, reading, _ = made("the cat sat, (the rat) ran\nOn a mat. " * 6, unit=(1, 0))
    page = opened(path)
    v = reading.layers["layer 2"][name]
    page.locator("#text span").nth(40).click()
    press(page, name, *["Shift+ArrowRight"] * 2)
    assert page.locator("#text .selected").count() == 3
    for threshold in ("0.3", "0.6"):
        page.locator("#threshold").fill(threshold)
        count, places = best_places(v, 40, 42, float(threshold), name == "f")
        told_on = page.locator("#on").inner_text()
        assert told_on.startswith(f"On all through it: {count} of the 6 units" if count else "No unit of layer 2")
        assert page.locator("#grid .on").count() == count and listed(page) == places
    page.locator("#threshold").fill("0.3")
    start = best_places(v, 40, 42, 0.3, name == "f")[1][0][0]
    page.locator("#matches button").first.click()
    assert page.locator("#text .here").get_attribute("data-place") == str(start)
    assert page.locator("#text .match").count() == 3
    page.locator("#text").focus()
    press(page, "Escape")
    assert not page.locator("#selection").is_visible() and page.locator("#text .selected, #grid .on").count() == 0


def test_a_phrase_is_selected_by_the_mouse_as_in_any_text(opened, made):
    path, reading, _ = made("the cat sat on the mat\n" * 4, unit=(0, 0))
    page = opened(path)
    for action, place in (("down", 4), ("up", 7)):
        box = page.locator("#text span").nth(place).bounding_box()
        page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2, steps=5)
        getattr(page.mouse, action)()
    page.locator("#phrase", has_text=re.compile("^cat$")).wait_for()
    places = page.locator("#text .selected").evaluate_all("(all) => all.map((s) => s.dataset.place)")
    assert places == ["4", "5", "6"] and listed(page) == best_places(reading.layers["layer 1"]["h"], 4, 6, 0.3)[1]


def test_every_letter_has_its_meaning(opened, made):
    path, _, _ = made("the cat sat\n" * 4, cell="gru")
    page = opened(path)
    page.locator("summary").click()
    assert page.locator("#legend dt").all_inner_texts() == ["h", "r", "z", "n"]
    assert "reset gate" in page.locator("#legend dd").nth(1).inner_text()
    choose(page, "values", "z")
    assert page.locator("#meaning").inner_text().startswith("z: update gate: near 1, h stays as it was")
    choose(page, "values", "n")
    assert "Orange is above zero, blue below." in page.locator("#meaning").inner_text()


def test_a_second_model_is_compared_symbol_by_symbol(opened, made, tmp_path):
    text = "the cat sat\n" * 4
    _, reading, vocabulary = made(text)
    _, other, _ = made(text, cell="gru")
    # The other vocabulary has its symbols in another order, and one more.
    known = LEVELS["char"](["~", *vocabulary.symbols[::-1]])
    ids = len(known) - 1 - np.array([other.symbols, *other.guesses.T])
    second = replace(other, symbols=ids[0], guesses=ids[1:].T)
    path = tmp_path / "page.html"
    write_page(path, reading, vocabulary, "title", "about", beside=Beside(("one", "two"), second, known))
    page = opened(path)
    press(page, "b")
    assert page.locator("#now").inner_text() == "where one (blue) or two (orange) predicts better"
    lead = reading.surprise - other.surprise
    rgb, share = colours(page)
    np.testing.assert_allclose(share, np.minimum(1, np.abs(lead) / 3), atol=COARSE)
    seen = np.abs(lead) > 0.05
    assert {(c, x > 0) for c, x, shown in zip(rgb, lead, seen) if shown} == {(PLUS, True), (MINUS, False)}
    page.locator("#text span").nth(9).click()
    columns = page.locator("#panel .pair > div")
    for column, one in ((columns.nth(0), reading), (columns.nth(1), other)):
        symbols, chances = guesses(column.locator(".guess"))
        assert symbols == [SIGNS.get(s, s) for s in map(vocabulary.label, one.guesses[9])]
        np.testing.assert_allclose(chances, one.chances[9], atol=6e-4)
    assert page.locator("#panel .better h4").inner_text() == ("one" if lead[9] < 0 else "two")
    told_means = re.findall(r"([\d.]+) nats", page.locator("#comparison").inner_text())
    np.testing.assert_allclose(np.array(told_means, float), [v.surprise.mean() for v in (reading, other)], atol=1e-3)
    best = [*np.argsort(lead)[:5], *np.argsort(-lead)[:5]]
    places = page.locator("#differences button").evaluate_all("(all) => all.map((b) => Number(b.title.slice(7)) - 1)")
    np.testing.assert_allclose(lead[places], lead[best], atol=1e-3)
    page.locator("#differences button").first.click()
    assert page.locator("#text .here").get_attribute("data-place") == str(places[0])


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
    page.locator("#text span").nth(3).click()
    assert "Without it: predicted from both sides" in page.locator("#panel").inner_text()
    assert "After it was read from the left: forward" in page.locator("#panel").inner_text()
    names = ["forward 1", "forward 2", "backward 1", "backward 2"]
    assert page.locator("#layers button").all_inner_texts() == names
    choose(page, "layers", "backward 2")
    assert "After it was read from the right: backward 2" in page.locator("#panel").inner_text()
    choose(page, "values", "z")
    page.locator("#grid button").nth(2).click()
    np.testing.assert_allclose(colours(page)[1], reading.layers["backward 2"]["z"][:, 2], atol=COARSE)


def test_a_cell_that_nobody_knows_has_all_its_values(opened, made, monkeypatch):
    path, reading, _ = made("the cat sat\n" * 4, cell=add_three_states(monkeypatch), unit=(1, 2))
    page = opened(path)
    assert page.locator("#values button").all_inner_texts() == ["surprise", "matters", "h", "c", "s", "f", "g"]
    choose(page, "values", "s")
    s = reading.layers["layer 2"]["s"][:, 2]
    np.testing.assert_allclose(colours(page)[1], np.abs(s) / np.abs(s).max(), atol=2 * COARSE)
    page.keyboard.press("f")
    rgb, share = colours(page)
    np.testing.assert_allclose(share, reading.layers["layer 2"]["f"][:, 2], atol=COARSE)
    assert set(rgb) == {GATE}
    # The letter s is a state of this cell, so the surprise has another key.
    page.keyboard.press("s")
    assert page.locator("#now").inner_text() == "layer 2, unit 3: s"
    page.keyboard.press("S")
    assert page.locator("#now").inner_text().startswith("surprise")


def test_a_dark_page_has_light_letters_on_dark_paper(opened, made):
    path, _, _ = made("the cat sat\n" * 4)
    brightness = {}
    for scheme in ("light", "dark"):
        page = opened(path, scheme)
        script = "(p) => getComputedStyle(document.body)[p].match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
        brightness[scheme] = [page.evaluate(script, name) for name in ("color", "backgroundColor")]
    assert brightness["light"][0] + 300 < brightness["light"][1]
    assert brightness["dark"][1] + 300 < brightness["dark"][0]
