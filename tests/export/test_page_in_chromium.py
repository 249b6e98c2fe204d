"""A page that writes, in a real browser: it computes what we compute, and nothing in a model or a prompt harms it."""

import json
import re
from itertools import islice

import numpy as np
import pytest

from data import LEVELS, CharVocabulary, WordVocabulary
from data.raw import ByteVocabulary
from data.tokenisers import TOKENISERS
from minrnn.export import html
from minrnn.export.html import exported
from minrnn.generation.choose import restricted
from minrnn.generation.generate import generate, side_by_side
from minrnn.nn.build import build
from minrnn.options.resolve import resolve
from minrnn.training.run import Run

pytestmark = pytest.mark.slow

KINDS = {
    "rnn": {"cell": "rnn", "layers": 2, "embed": 7},
    "gru": {"cell": "gru", "layers": 3, "skip": True},
    "gru-before": {"cell": "gru", "gru_reset": "before", "layers": 2},
    "gru-hard": {"cell": "gru", "gates": "hard", "embed": 24, "tie_weights": True},
    "gru-before-hard": {"cell": "gru", "gru_reset": "before", "gates": "hard"},
    "lstm": {"cell": "lstm", "layers": 2},
    "lstm-hard": {"cell": "lstm", "gates": "hard", "layers": 3},
    "lstm-tied-gates": {"cell": "lstm", "tie_gates": True, "skip": True, "layers": 2},
    "lstm-projection": {"cell": "lstm", "embed": 6, "tie_weights": True, "projection": 6},
    "lnlstm": {"cell": "lnlstm", "layers": 2, "embed": 9},
    "words": {"cell": "lstm", "level": "word", "embed": 24, "tie_weights": True},
    "bytes": {"cell": "gru", "level": "byte"},
}
HARMFUL = (
    "</script><script>window.harmed=1</script><img src=x onerror='window.harmed=2'><!--\"`${window.harmed=3}`"
    "\n\t\r\x00\x01\x1b\u200b\u200f\u202e\u2028\u2029\ufeff\udfff\ud800\u0301🎉\\u003c@@data@@&lt;"
)
AS_FAST_AS_POSSIBLE = 5


@pytest.fixture
def made(opened, tmp_path):
    """A function: a model's page in the browser."""

    def make(model, vocabulary, width=1200, scheme="light", **options):
        path = tmp_path / "page.html"
        path.write_bytes(exported(model, vocabulary, **options))
        return opened(path, scheme, width)

    return make


def trained_model(text_file, **options):
    run = Run(
        resolve(
            {"text": [str(text_file)], "hidden": 24, "seq_len": 20, "lr": 0.02, "threads": 1, "shards": 1, **options}
        )
    )
    for _ in range(150):
        run.train_step()
    return run.model, run.corpus.vocabulary


def random_model(vocabulary, **config):
    model = build({"V": len(vocabulary), "cell": "lstm", "hidden": 12, "layers": 2, **config}, np.random.default_rng(3))
    model.params += 0.3 * np.random.default_rng(4).standard_normal(model.params.size).astype(np.float32)
    return model


def write(page, prompt="", wait=True, speed=AS_FAST_AS_POSSIBLE, greedy=True, **settings):
    """Sets what is given, and presses Write."""
    if not page.locator("#settings").is_visible():
        page.locator("summary").click()
    page.locator("#prompt").fill(prompt)
    for name, value in {"speed": speed, **settings}.items():
        page.locator(f"#{name}").fill(str(value))
    page.locator("#greedy").set_checked(greedy)
    page.get_by_role("button", name="Write").click()
    if wait:
        finish(page)


def finish(page):
    page.locator("#stop", has_text="Continue").wait_for()


def text_on(page):
    return page.locator("#text").text_content()


def greedy(model, vocabulary, prompt, n):
    """What sample.py --greedy writes: n symbols after the prompt."""
    prime = vocabulary.encode(prompt) if prompt else vocabulary.opening()
    return vocabulary.decode([int(k[0]) for k in islice(generate(model, side_by_side(prime, 1), None, greedy=True), n)])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_greedy_text_is_that_of_the_model(kind, text_file, made):
    model, vocabulary = trained_model(text_file, **kind)
    page = made(model, vocabulary)
    for prompt in ("", "The cat sat"):
        write(page, prompt, length=300)
        expected = greedy(model, vocabulary, prompt, 300)
        assert text_on(page) == prompt + expected
        assert len(set(expected)) > 3


def test_the_page_of_a_checkpoint_writes_what_sample_writes(trained, tmp_path, script, opened):
    assert script("minrnn.export", trained, "page.html").returncode == 0
    page = opened(tmp_path / "page.html")
    write(page, "The ", length=300)
    result = script("sample.py", trained, "--greedy", "--length", 300, "--prime", "The ")
    assert text_on(page) == "The " + result.stdout


@pytest.mark.parametrize("bits", [32, 8])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_logits_are_those_of_the_model(kind, bits, text_file, made, rng):
    model, vocabulary = trained_model(text_file, **kind)
    page = made(model, vocabulary, bits=bits)
    symbols = rng.integers(0, len(vocabulary), 40)
    script = "(symbols) => symbols.map((k) => { model.read(k); return [...model.logits]; })"
    page.evaluate("model.restore(null)")
    theirs = np.array(page.evaluate(script, symbols.tolist()))
    if bits == 8:
        weights = page.evaluate("Object.values(unpacked(bytesOf(data.weights), data.shapes, 8)).map((w) => [...w])")
        model.params[:] = np.concatenate(weights)
    ours = model.forward(symbols[:, np.newaxis])[0][:, 0]
    np.testing.assert_allclose(theirs, ours, atol=2e-5 * np.abs(ours).max())


CHOICES = [(1, 0, 1), (0.5, 0, 1), (1.7, 3, 1), (1, 0, 0.6), (0.8, 4, 0.7), (1, 1, 1), (0.1, 0, 0.05), (1, 99, 0.999)]


@pytest.mark.parametrize(("temperature", "k", "p"), CHOICES)
def test_probabilities_are_those_that_sample_draws_from(temperature, k, p, made, rng):
    page = made(*two_letters())
    for _ in range(5):
        logits = (2 * rng.standard_normal((1, 9))).astype(np.float32)
        logits[0, 4] = logits[0, 5]
        z = restricted(logits.copy(), temperature, k, p)[0].astype(float) / temperature
        expected = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        script = "([z, temperature, topK, topP]) => [...probabilities(Float32Array.from(z), {temperature, topK, topP})]"
        theirs = page.evaluate(script, [logits[0].tolist(), temperature, k, p])
        np.testing.assert_allclose(theirs, expected, rtol=1e-6, atol=1e-12)


def two_letters():
    vocabulary = CharVocabulary("\nab")
    return random_model(vocabulary), vocabulary


def test_draws_have_the_probabilities_and_the_seed_decides_them(made):
    page = made(*two_letters())
    script = (
        "(seed) => { const u = random(seed); return Array.from({length: 20000}, () => draw([0.2, 0, 0.5, 0.3], u())); }"
    )
    drawn = np.bincount(page.evaluate(f"({script})(random(5))"), minlength=4) / 20000
    np.testing.assert_allclose(drawn, [0.2, 0, 0.5, 0.3], atol=0.012)
    texts = []
    for seed in (1, 2, 1):
        write(page, length=60, greedy=False, temperature=1.5, seed=seed)
        assert page.locator("#status").inner_text().endswith(f"seed {seed}")
        texts.append(text_on(page))
    assert texts[0] == texts[2] != texts[1]
    assert page.evaluate("draw([0.5, 0.5, 0], 1 - 2 ** -53)") == 1


def test_each_symbol_is_coloured_by_its_surprise_and_the_bars_are_the_next_probabilities(text_file, made):
    model, vocabulary = trained_model(text_file, cell="lstm")
    page = made(model, vocabulary)
    write(page, "The cat", length=40, greedy=False, seed=4, temperature=1)
    symbols = vocabulary.encode(text_on(page)).astype(np.intp)
    logits = model.forward(symbols[:, np.newaxis])[0][:, 0].astype(float)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    nats = -np.log(p[np.arange(len(symbols) - 1), symbols[1:]])
    script = "[...document.querySelectorAll('#text span')].map((s) => s.style.backgroundColor)"
    first, *colours = page.evaluate(script)
    assert first == ""
    shares = [float(re.search(r"/ ([\d.]+)\)", c)[1]) for c in colours]
    np.testing.assert_allclose(shares, 0.85 * np.minimum(1, nats / 6), atol=2e-3)
    for place in (0, 5, 20, 33, len(symbols) - 1):
        page.locator("#text span").nth(place).click()
        rows = page.locator("#next button")
        likeliest = np.argsort(-p[place], kind="stable")[: rows.count()]
        assert [int(row.get_attribute("data-symbol")) for row in rows.all()] == likeliest.tolist()
        told = [row.locator(".p").inner_text() for row in rows.all()]
        np.testing.assert_allclose(
            [float(t.strip("<%")) / 100 for t in told], p[place][likeliest], atol=6e-4
        )  # "<0.01%", too
        written = page.locator("#next .written")
        if place + 1 == len(symbols):
            assert written.count() == 0
        elif symbols[place + 1] in likeliest:
            assert int(written.get_attribute("data-symbol")) == symbols[place + 1]
    page.locator("#topK").fill("2")
    assert page.locator("#next .p").all_inner_texts()[2:] == ["cut off"] * 10


@pytest.mark.parametrize("place", [3, 31, 32, 33, 70])
def test_a_click_on_a_bar_goes_on_from_there_that_way(place, text_file, made):
    model, vocabulary = trained_model(text_file, cell="gru", layers=2)
    page = made(model, vocabulary)
    write(page, "The", length=90)
    before = text_on(page)
    page.locator("#text span").nth(place).click()
    assert text_on(page) == before
    bar = page.locator("#next button").nth(3)
    other = vocabulary.symbols[int(bar.get_attribute("data-symbol"))]
    assert other != before[place + 1]
    bar.click()
    finish(page)
    prefix = before[: place + 1] + other
    assert text_on(page) == prefix + greedy(model, vocabulary, prefix, 90)
    page.locator("#stop").click()
    finish(page)
    assert text_on(page) == prefix + greedy(model, vocabulary, prefix, 180)


def test_the_units_are_painted_as_they_are(made):
    model, vocabulary = two_letters()
    page = made(model, vocabulary)
    write(page, "ab", length=30, greedy=False, seed=1)
    h = np.array(page.evaluate("[...model.layers[1].state.h]"))
    script = """units.canvases[1].getContext("2d").getImageData(0, 0, 12 * 20, 20).data"""
    pixels = np.array(list(page.evaluate(f"[...{script}]"))).reshape(20, 240, 4)[10, 10::20]
    assert (h > 0.05).any() and (h < -0.05).any()
    np.testing.assert_allclose(pixels[:, 3] / 255, 0.06 + 0.94 * np.abs(h), atol=0.012)
    assert ((pixels[:, 0] > pixels[:, 2]) == (h >= 0)).all()
    page.locator("#units canvas").nth(1).hover(position={"x": 2, "y": 2})
    assert page.locator("#unit").inner_text() == f"layer 2, unit 1: h = {h[0]:.3f}"
    page.locator("#text span").nth(1).click()
    state = model.forward(np.array([[1], [2]]))[1]
    np.testing.assert_allclose(page.evaluate("[...model.layers[0].state.h]"), state[0][0][0], atol=1e-6)


VOCABULARIES = {
    "char": CharVocabulary(sorted(set(HARMFUL))),
    "word": WordVocabulary(sorted({"</script><script>window.harmed=1</script>", "a", " ", "\u202e", *HARMFUL})),
    "tokenised": WordVocabulary(sorted({"</script><script>window.harmed=1</script>", "a", "\n"}), tokenised=True),
    "byte": ByteVocabulary(),
}


@pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
def test_a_hostile_vocabulary_title_and_prompt_are_shown_and_not_run(vocabulary, made):
    page = made(random_model(vocabulary), vocabulary, title="<img src=x onerror='window.harmed=4'>\u202e")
    assert page.title().startswith("<img src=x")
    assert page.evaluate("data.vocabulary.symbols") == json.loads(json.dumps(vocabulary.symbols))
    write(page, length=300, greedy=False, temperature=2, seed=3)
    assert page.locator("#text span").count() == 300
    symbols = page.evaluate("writer.symbols.slice(1)")
    assert len(set(symbols)) > len(vocabulary) / 4
    shown = text_on(page)
    for sign in "\u202e\u200f\u2028\x1b\x00\u200b\ufeff":
        assert sign not in shown
    page.evaluate("(text) => { at('prompt').value = text; }", HARMFUL)
    page.get_by_role("button", name="Write").click()
    page.evaluate("begin()")
    page.evaluate("stop()")
    assert page.locator("#error").inner_text().isprintable()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2


def test_symbols_that_the_model_does_not_know_are_said(text_file, made):
    model, vocabulary = trained_model(text_file, cell="rnn")
    page = made(model, vocabulary)
    write(page, "The cat", length=20)
    before = text_on(page)
    write(page, "Q é\u202e", wait=False)
    error = page.get_by_role("alert").inner_text()
    assert error.startswith("“Q”, “é”, U+202E: not among the") and error.endswith("leave it out")
    assert text_on(page) == before and page.locator("#stop").inner_text() == "Continue"
    write(page, "The", length=20)
    assert page.get_by_role("alert").inner_text() == "" and text_on(page).startswith("The")

    words = LEVELS["word"](["<unk>", " ", ".", "cat", "the"], lowercase=True)
    page = made(random_model(words), words)
    write(page, "The dog.", length=5)
    assert page.get_by_role("alert").inner_text().endswith("“dog”: not among the 5 symbols that this model knows; "
                                                           "the model reads <unk> instead")  # fmt: skip
    assert text_on(page).startswith("the <unk>.")


def test_unk_is_written_only_if_that_is_allowed(text_file, made):
    words = LEVELS["word"](["<unk>", " ", ".", "cat", "the"], lowercase=True)
    model = random_model(words)
    model.weights()["output.b"][0] += 3  # <unk> is the likeliest by far.
    page = made(model, words)
    for how in ({"greedy": True}, {"greedy": False, "seed": 1}):
        write(page, "the", length=200, **how)
        written = text_on(page).removeprefix("the")
        assert "<unk>" not in written and len(written) > 200
        page.locator("#unknown").check()
        write(page, "the", length=200, **how)
        assert text_on(page).count("<unk>") > 50
        page.locator("#unknown").uncheck()
    # The bars say what the model says, and that it is not written.
    assert page.get_by_role("button", name="continue with <unk>, cut off").is_visible()
    # A model without it has no such setting.
    page = made(*trained_model(text_file, cell="rnn"))
    if not page.locator("#settings").is_visible():
        page.locator("summary").click()
    assert page.locator("#greedy").is_visible() and not page.locator("#unknown").is_visible()


TEXTS = [
    "It's o'clock’s — don't'' 'quoted' a_b 12,5 x²",
    "two  spaces\n\n\tand <unk> <unk>s \u00a0\u2028\u2029\x1c\x1f\x85\ufeff\u200b end\n",
    "देवनागरी हिन्दी, ภาษาไทยไม่เว้นวรรค ひらがな カタカナー 中文字 မြန်မာ ខ្មែរ",
    'עברית צה"ל \u05d0\u05f4\u05d1 l·l ՞ հա՞յ 👍🏽 🇩🇪🇫🇷',
    "e\u0301 ʼn ǅ ß İ ΣΑΣ ᾳ 𝕏 🎉👩‍🚀 漢字 ③ ½ ၅ \ud800x",
    HARMFUL,
    "".join(map(chr, range(1, 0x250))),
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("folding", [{}, {"lowercase": True}, {"letters": True}], ids=["as-is", "lowercase", "letters"])
def test_prompts_are_cut_into_the_same_symbols(text, folding, made):
    page = made(*two_letters())
    words = [WordVocabulary(["a"], **folding, tokeniser=name) for name in TOKENISERS]
    for vocabulary in (CharVocabulary("a", **folding), *words):
        facts = html.facts(vocabulary)
        script = "([facts, text]) => { const v = new Vocabulary(facts); return v.split(v.folded(text)); }"
        theirs = page.evaluate(script, [facts, text])
        # What Python sends as surrogates one by one comes back as the characters that they are.
        assert theirs == json.loads(json.dumps(list(vocabulary.split(vocabulary.folded(text)))))


WATCH_FRAMES = """() => {
    window.gaps = [];
    const tick = (now) => gaps.push(now) < 40 && requestAnimationFrame(tick);
    requestAnimationFrame(tick);
}"""
UNNAMED = """[...document.querySelectorAll("button, input, textarea, canvas, summary, [tabindex], section, form")]
    .filter((e) => ![e.getAttribute("aria-label"), e.getAttribute("aria-labelledby"), e.textContent,
        ...[...(e.labels || [])].map((l) => l.textContent)].some((name) => name?.trim()))
    .map((e) => e.outerHTML)"""
BRIGHTNESS = """(e) => {
    const ink = getComputedStyle(e).color;
    let paper = getComputedStyle(e).backgroundColor;
    for (; /, 0\\)$/.test(paper); paper = getComputedStyle(e).backgroundColor) e = e.parentElement;
    return [ink, paper].map((c) => c.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b));
}"""


def test_a_thousand_characters_a_second_and_the_page_stays_alive(made):
    vocabulary = CharVocabulary(map(chr, range(32, 97)))
    page = made(random_model(vocabulary, hidden=128, layers=2), vocabulary)
    rates = []
    for _ in range(6):  # Another program may have the processor for a while.
        page.evaluate(WATCH_FRAMES)
        write(page, length=2500, greedy=False)
        rates.append(int(re.search(r"2500 symbols, (\d+) a second", page.locator("#status").inner_text())[1]))
        if rates[-1] >= 1000:
            break
    assert max(rates) >= 1000, rates
    assert np.median(np.diff(page.evaluate("gaps"))) < 100
    # And it can be stopped long before the end.
    write(page, length=20000, greedy=False, wait=False)
    page.get_by_role("button", name="Stop").click()
    assert page.locator("#text span").count() < 20000


def test_it_writes_at_the_speed_that_is_set(made):
    page = made(*two_letters())
    write(page, length=12, greedy=False, speed=2)  # 30 a second
    assert 15 <= int(re.search(r"(\d+) a second", page.locator("#status").inner_text())[1]) <= 45


def test_everything_works_by_keyboard(text_file, made):
    model, vocabulary = trained_model(text_file, cell="gru")
    page = made(model, vocabulary)
    page.locator("#prompt").focus()
    page.keyboard.type("The cat")
    page.keyboard.press("Control+Enter")
    page.locator("#text span").nth(9).wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#stop").inner_text() == "Continue"
    stopped = text_on(page)
    assert len(stopped) < 200
    order = []
    for _ in range(30):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    wanted = ["write", "stop", "temperature", "topP", "speed", "topK", "seed", "length", "greedy", "text", "BUTTON"]
    assert [name for name in dict.fromkeys(order) if name in wanted] == wanted
    page.locator("#speed").fill(str(AS_FAST_AS_POSSIBLE))
    page.locator("#greedy").check()
    page.locator("#text").focus()
    page.keyboard.press("Home")
    assert page.locator("#here").inner_text() == "after T"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#text .here").get_attribute("data-place") == "2"
    other = vocabulary.symbols[int(page.locator("#next button").nth(1).get_attribute("data-symbol"))]
    page.keyboard.press("2")
    finish(page)
    assert text_on(page) == f"The{other}" + greedy(model, vocabulary, f"The{other}", 800)
    page.keyboard.press("End")
    assert page.locator("#text .here").get_attribute("data-place") == str(3 + 800)


def test_every_control_has_a_name(made):
    page = made(*two_letters())
    write(page, length=10)
    assert page.evaluate(UNNAMED) == []
    assert page.get_by_role("slider", name="temperature").get_attribute("aria-valuetext") == "0.80"
    assert page.get_by_role("textbox", name="Prompt").count() == 1
    assert page.get_by_role("button", name="continue with").count() == 3


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_needs_no_scrolling_to_the_side(width, made):
    vocabulary = WordVocabulary(["\n", " ", "x" * 300, "漢字" * 80, "a"])
    page = made(random_model(vocabulary), vocabulary, width=width, title="x" * 200)
    assert not page.locator("#settings").is_visible()
    write(page, "x" * 300 + " unknown" + "y" * 300, wait=False)
    write(page, "x" * 300 + " a", length=100, greedy=False, seed=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("at('text').scrollWidth - at('text').clientWidth") == 0


def test_a_dark_page_has_light_letters_on_dark_paper(made):
    for scheme, sign in (("light", -1), ("dark", 1)):
        page = made(*two_letters(), scheme=scheme)
        for place in ("body", "#prompt", "#next button", "#text"):
            ink, paper = page.locator(place).first.evaluate(BRIGHTNESS)
            assert sign * (ink - paper) > 300, (scheme, place)
