"""unroll.html in a real browser: every number is the kernel's; keys, buttons and fingers step through."""

import re
from pathlib import Path

import numpy as np
import pytest

from cells import CELLS
from minrnn.gradcheck.reference import derivative, run_cell
from minrnn.gradcheck.reference_model import cross_entropy
from minrnn.own_cell.names import is_own
from minrnn.unroll.build import build
from minrnn.unroll.page import write_page

pytestmark = pytest.mark.slow

T, H, SYMBOLS, ALPHABET = 4, 2, [0, 1, 2, 2, 3], ["h", "e", "l", "␣"]
CHOICES = [("rnn", {}), ("gru", {}), ("gru", {"reset": "before"}), ("lstm", {}), ("lstm", {"tie_gates": True}),
           ("lnlstm", {}), ("mixgru", {"transforms": 2}), ("mogrifier", {"rounds": 3, "rank": 2}), ("mingru", {}),
           ("minlstm", {}), ("birnn", {}), ("bigru", {}), ("bilstm", {})]  # fmt: skip
every_cell = pytest.mark.parametrize("name, options", CHOICES, ids=[f"{name} {o}" for name, o in CHOICES])
NUMBERS = """(root) => [...root.querySelectorAll(".n")].map((n) => [n.textContent, Number(n.title)])"""
TEXTS = "(all) => all.map((one) => one.textContent)"
ALL_STEPS = """() => data.steps.map(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
    const numbers = (row) => [...row.querySelectorAll(".n")].map((n) => Number(n.title));
    return [at("ascii").textContent, numbers(document.querySelector("#sum .total")),
            [...document.querySelectorAll("#sum .term")].map(numbers)];
})"""
PLACES = """() => Object.fromEntries([...cells].map(([id, place]) =>
    [id, [...place.querySelectorAll(".n")].map((n) => Number(n.title))]))"""


def network(name, options, T=T, H=H, symbols=SYMBOLS, V=4):
    return build(name, options, symbols, V, T, H, seed=3)


@pytest.fixture
def made(tmp_path, opened):
    """A function: (page of a cell, its network, which has run)."""

    def make(name="lstm", options=None, **settings):
        path = tmp_path / "unroll.html"
        write_page(path, network(name, options or {}), ALPHABET, f"<b>{name}</b> & co", "about it")
        one = network(name, options or {})
        return opened(path, **settings), one, one.run()

    return make


def shown_as(text, value):
    """Whether a text is this number to its last digit."""
    digits = len(text.partition(".")[2]) if "e" not in text else 0
    half = 0.5 * 10.0**-digits if "e" not in text else 0.5 * 10.0 ** int(text.partition("e")[2])
    return abs(float(text) - value) <= half * 1.0001 and (value == 0) == (text == "0")


@every_cell
def test_every_number_of_every_step_is_that_of_its_equation(name, options, made):
    page, _, steps = made(name, options)
    for (_, step), (text, total, terms) in zip(steps, page.evaluate(ALL_STEPS), strict=True):
        assert text == step.equation.text
        np.testing.assert_allclose(total, np.ravel(step.value), rtol=1e-9, atol=1e-12)
        for got, term in zip(terms, step.terms, strict=True):
            np.testing.assert_allclose(got, np.ravel(term.value), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(sum(map(np.array, terms)), np.ravel(step.value), atol=1e-9)
    assert page.locator("#where").inner_text().startswith(f"step {len(steps)} of {len(steps)} ")
    texts = page.eval_on_selector("body", NUMBERS)
    assert len(texts) > 100 and all(shown_as(*one) for one in texts)


@every_cell
def test_at_the_end_the_cards_have_the_kernels_values_and_gradients(name, options, made):
    page, one, _ = made(name, options)
    page.keyboard.press("End")
    places = page.evaluate(PLACES)
    cell, x = one.cell, np.eye(4)[one.symbols][:, np.newaxis]
    h, _ = cell.forward(x)
    values = {key: v.copy() for key, v in cell.activations().items()}
    dh = np.zeros_like(h)
    for k, machine in enumerate(one.lanes.values()):
        for t in range(T):
            dh[t, :, k * H : (k + 1) * H] = machine.values[t]["dh_above"]
    for p in cell.grads.values():
        p[...] = 0
    dx, _ = cell.backward(dh)
    both = len(one.lanes) > 1
    for t in range(T):
        for key, v in values.items():
            side, _, letter = key.rpartition(".")
            np.testing.assert_allclose(places[f"{side}/{t}/{letter}/v"], v[t, 0], atol=1e-9)
        mine = sum(np.array(places[f"{side}/{t}/x/d"]) for side in one.lanes)
        np.testing.assert_allclose(mine, dx[t, 0], atol=1e-9)
    weights = {f"layers.0.{key}": p for key, p in cell.params.items()}
    weights |= {f"output.{key}": p for key, p in one.layer.params.items()}

    def loss(w):
        """Of the naive forward pass."""
        p = {key.removeprefix("layers.0."): v for key, v in w.items() if key.startswith("layers")}
        zero = np.zeros((1, H))
        hs, _ = run_cell(name, p, x, (zero,) * len(one.states) * (2 if both else 1))
        if both:
            pairs = zip([zero, *(v[..., :H] for v in hs[:-1])], [*(v[..., H:] for v in hs[1:]), zero])
            hs = [np.concatenate(np.broadcast_arrays(*pair), axis=-1) for pair in pairs]
        return cross_entropy(w, hs, one.targets[:, np.newaxis])

    for key, p in weights.items():
        side, _, bare = key.removeprefix("layers.0.").rpartition(".")
        expected = derivative(lambda v, key=key: loss({**weights, key: v}), p)
        if side != "output":
            np.testing.assert_allclose(cell.grads[key.removeprefix("layers.0.")], expected, atol=1e-9)
        blocks = [k for k in places if re.fullmatch(rf"{side}/p/{bare}(_\w+)?/v", k)]
        blocks = [k for k in places if re.fullmatch(rf"{side}/p/{bare}(_\w+)?/v", k)]
        blocks = [k for k in blocks if k.split("/")[2] in (bare, *{k.split("/")[2] for k in blocks} - {*cell.params})]
        for column, whole in (("v", p), ("d", expected)):
            pieces = [np.reshape(places[f"{k[:-1]}{column}"], (*p.shape[:-1], -1)) for k in blocks]
            np.testing.assert_allclose(np.concatenate(pieces, axis=-1), whole, atol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", ["gru", "lstm", "lnlstm", "mogrifier"])
def test_the_equations_are_those_of_the_header_in_its_order(name, made):
    page, one, _ = made(name, {"rounds": 2, "rank": 2} if name == "mogrifier" else {})
    texts = page.locator("#equations .text").all_inner_texts()
    files = [Path("cells") / f"{name}.py", Path("minrnn/nn/output.py")]
    headers = " ".join(" ".join((Path(__file__).parents[2] / f).read_text(encoding="utf-8").split()) for f in files)
    assert len(texts) > 10 and all(text in headers for text in texts)
    own = {e.text for e in one.machines[""].header.equations}
    assert own < set(texts)


def test_the_code_beside_an_equation_carries_its_number(made):
    page, _, steps = made("gru")
    files, seen = Path(__file__).parents[2] / "cells", set()
    for k in range(1, len(steps) + 1, 4):
        page.evaluate(f"go({k})")
        names = [h2.removeprefix("code: ") for h2 in page.eval_on_selector_all("#code h2", TEXTS)]
        if names == ["output.py"]:
            continue
        label = page.locator("#equations [aria-current] .no").inner_text().strip()
        if names == ["code"]:
            assert page.locator("#code p").inner_text() == f"No line of gru.py carries # {label}."
            assert not any(
                label in (files / f"{file}.py").read_text(encoding="utf-8").split('"""', 2)[2]
                for file in ("gru", "gru_steps")
            )
            continue
        seen.update(names)
        for name, pre in zip(names, page.locator("#code pre").all(), strict=True):
            source = (files / name).read_text(encoding="utf-8").splitlines()
            lines = pre.locator(".line").all_inner_texts()
            numbered = [re.match(r" *(\d+)  (.*)", line).groups() for line in lines]
            assert all(source[int(number) - 1].strip() == text.strip() for number, text in numbered)
            assert any(label in line for line in lines)
        assert page.locator("#code .mark").count() >= 1
    assert seen == {"gru.py", "gru_steps.py"}


def test_where_two_paths_join_both_summands_are_shown(made):
    page, one, steps = made("lstm")
    k = next(k for k, (_, s) in enumerate(steps) if s.key == "dh" and s.t == 1 and s.equation.number == "4")
    page.evaluate(f"go({k + 1})")
    rows = page.locator("#sum .term").all_inner_texts()
    assert [row.split()[0].lstrip("+") or row.split()[1] for row in rows] == ["dh_above[t]", "dh_next"]
    assert "from the output" in rows[0] and "from step 2" in rows[1]
    values = [np.array([v for _, v in row.evaluate(NUMBERS)]) for row in page.locator("#sum .term").all()]
    np.testing.assert_allclose(values[0], one.machines[""].values[1]["dh_above"][0], atol=1e-9)
    np.testing.assert_allclose(sum(values), one.machines[""].values[1]["dh"][0], atol=1e-9)


def step_of(page):
    return int(re.match(r"step (\d+) of", page.locator("#where").inner_text())[1])


def test_keys_and_buttons_step_through(made):
    page, _, steps = made()
    assert step_of(page) == 0
    for key, expected in [("ArrowRight", 1), ("Space", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("Shift+Space", 1),
                          ("End", len(steps)), ("ArrowRight", len(steps)), ("ArrowLeft", len(steps) - 1),
                          ("Home", 0), ("ArrowLeft", 0)]:  # fmt: skip
        page.keyboard.press(key)
        assert step_of(page) == expected
    page.locator("#next").click()
    page.keyboard.press("Space")  # on a button that has the focus: one step, not two
    assert step_of(page) == 2
    page.locator("#back").click()
    assert step_of(page) == 1
    page.locator("#slider").fill("40")
    assert step_of(page) == 40
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 41
    page.locator("#equations button", has_text="c[t] = f c[t-1] + i g").click()
    assert page.locator("#ascii").inner_text() == "c[t] = f c[t-1] + i g"
    page.keyboard.press("p")
    before = step_of(page)
    page.wait_for_timeout(1200)
    page.keyboard.press("p")
    assert step_of(page) == before + 1


def test_values_move_right_and_gradients_left(made):
    page, _, steps = made()
    filled = "() => [...cells].filter(([id, e]) => /^.w/.test(id) && e.classList.contains('full')).map(([id]) => id)"
    gaps = {}
    for k in range(len(steps) + 1):
        page.evaluate(f"go({k})")
        for id in page.evaluate(filled):
            gaps.setdefault(id, k)
    forward = [gaps[f"/w{gap}/h/v"] for gap in range(T + 1)]
    backward = [gaps[f"/w{gap}/h/d"] for gap in reversed(range(T + 1))]
    assert forward == sorted(forward) and backward == sorted(backward) and forward[-1] < backward[0]
    page.evaluate("go(0)")
    assert page.evaluate("document.getAnimations().length") == 0
    for _ in range(7):
        page.keyboard.press("ArrowRight")  # up to h[0], which goes to the next step
    assert page.locator(".way.written.rightward .label").inner_text() == "h[0]"


def test_a_finger_steps_through_and_scrolls_the_network(made):
    page, _, _ = made(width=390)
    swipe = """([right, selector]) => {
        const target = document.querySelector(selector);
        const touch = (x) => new Touch({identifier: 1, target, clientX: x, clientY: 400});
        target.dispatchEvent(new TouchEvent("touchstart", {bubbles: true, touches: [touch(200)]}));
        target.dispatchEvent(new TouchEvent("touchend", {bubbles: true, changedTouches: [touch(200 + right)]}));
    }"""
    for right, selector, expected in [(-80, "#now", 1), (-80, "#equations", 2), (80, "#now", 1), (-20, "#now", 1),
                                      (-80, "#network", 1)]:  # fmt: skip
        page.evaluate(swipe, [right, selector])
        assert step_of(page) == expected
    page.locator("#next").click()
    assert step_of(page) == 2
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.evaluate("go(60)")
    card = page.locator(".card.active").bounding_box()
    assert card["x"] >= 0 and card["x"] + card["width"] <= 390


def test_what_is_hostile_in_a_title_is_shown(made):
    page, _, _ = made()
    assert page.title() == page.locator("h1").inner_text() == "<b>lstm</b> & co"


def test_the_largest_page_opens_within_a_second_and_is_small(tmp_path, opened):
    for name, options in [("mogrifier", {"rounds": 6, "rank": 4}), ("mixgru", {"transforms": 4}), ("bilstm", {})]:
        path = tmp_path / f"{name}.html"
        write_page(path, network(name, options, 8, 4, list(range(9)), 9), list("abcdefghi"), name, "largest")
        assert path.stat().st_size < 400_000
        pages = [opened(path) for _ in range(3)]
        opening = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        assert 0 < min(page.evaluate(opening) for page in pages) < 1000  # milliseconds; the machine may be busy
        page = pages[0]
        page.keyboard.press("End")
        assert page.locator("#sum .total").count() == 1


@pytest.mark.parametrize("name", ["lstm", "bigru"])
def test_a_dark_page_has_light_letters_on_dark_paper(name, made):
    brightness = "(p) => getComputedStyle(document.body)[p].match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
    for scheme in ("light", "dark"):
        page, _, _ = made(name, scheme=scheme)
        ink, paper = [page.evaluate(brightness, key) for key in ("color", "backgroundColor")]
        assert ink + 300 < paper if scheme == "light" else paper + 300 < ink


def test_every_cell_of_the_registry_has_a_page():
    assert {name for name, _ in CHOICES} == {name for name in CELLS if not is_own(name)}
