"""The pages on gradients: what docs/gradients.md quotes stands in the source, and what the pages compute comes out.

A quote is a block of Python (or of equations, as text) under a line `From [`FILE`](../FILE), (1) (2'):`, whose numbers
are those in the quoted lines. A line `...` stands for lines left out; the lines between two of them follow one another
in the file. A quote of equations is a whole list of them, or says with `...` that it is not. Blocks with the prompt of
Python's shell (pycon) are run.
"""

import doctest
import re
from textwrap import dedent

import numpy as np
import pytest
from conftest import ROOT

from benchmarks import credit

PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("gradients.md", "long-products.md")}
PAGE = PAGES["gradients.md"]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTE = re.compile(
    r"^From \[`([^`]+)`\]\(\.\./([^)]+)\), ((?:\([0-9L]'?\) ?)+):\n\n```(python|text)\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# Files whose code names the equations of another file.
EQUATIONS = {"cells/gru_steps.py": "cells/gru.py"}
NUMBER = r"\([0-9L]'?\)"
# What a reader is promised, by a word of the section's title, and what of which file the section must quote.
TOPICS = {
    "RNN": [("cells/rnn.py", "backward_step(")],
    "LSTM": [("cells/lstm.py", "dc[j] += "), ("cells/lstm.py", "- g[j])"), ("cells/mogrifier.py", "scale_backward(")],
    "GRU": [
        ("cells/gru_steps.py", "backward_after("),
        ("cells/gru_steps.py", "backward_before("),
        ("cells/mingru.py", "da_n[j] = "),
        ("cells/minlstm.py", "da_i[j] = "),
    ],
    "Layer normalisation": [("cells/layer_norm.py", "dv[j] = "), ("cells/lnlstm.py", "normalize_backward(dy")],
    "Softmax and cross-entropy": [("minrnn/nn/output.py", "row[target] -= share")],
    "scatter-add": [("cells/kernels/inputs.py", "def scatter_add("), ("minrnn/nn/embedding.py", "scatter_add(")],
    "Dropout": [
        ("minrnn/nn/dropout.py", "dv * self.mask"),
        ("minrnn/nn/weight_drop.py", "gradient * self.mask"),
        ("minrnn/nn/embedding.py", "dv * self.mask[x]"),
    ],
    "Tying": [("minrnn/nn/output.py", "].T if self.embedding"), ("minrnn/nn/projection.py", "flat(v).T @ dz")],
    "Both directions": [("cells/bidirectional.py", "dx += dx_b[::-1]")],
    "Adam": [("optim/adam.py", "m[k] = ")],
    "Skips and penalties": [
        ("minrnn/nn/stack.py", "dh += dy"),
        ("minrnn/nn/penalty.py", "dh[:-1] -= moved"),
        ("minrnn/nn/l2.py", "dw[i, j] += X"),
    ],
}


def quotes(page):
    """(file, its equations, the quoted lines) of every quote."""
    return [(file, re.findall(NUMBER, numbers), body) for file, _, numbers, _, body in QUOTE.findall(page)]


def told(language, body):
    """The equations that quoted lines name: Python in its comments, text where a line begins; each once."""
    places = re.findall(rf"# ({NUMBER}(?: {NUMBER})*)" if language == "python" else rf"(?m)^ *({NUMBER}) ", body)
    return list(dict.fromkeys(re.findall(NUMBER, " ".join(places))))


def find(wanted, lines, start):
    """Where these lines stand in a row after `start`, however far they are indented as a whole, or -1."""
    wanted = dedent("\n".join(wanted))
    width = wanted.count("\n") + 1
    at = range(start, len(lines) - width + 1)
    return next((k for k in at if dedent("\n".join(lines[k : k + width])) == wanted), -1)


def runs(body):
    """The quoted lines between the marks `...`."""
    return [run.splitlines() for run in re.split(r"^\.\.\.\n", body, flags=re.MULTILINE) if run]


def stands(body, source):
    """Whether the runs of quoted lines stand in the source, one after the other."""
    lines, start = source.splitlines(), 0
    for run in runs(body):
        k = find(run, lines, start)
        if k < 0:
            return False
        start = k + len(run)
    return True


def whole(body, source):
    """Whether the quoted equations are all of their list, or a mark stands where some are left out."""
    lines, quoted = [*source.split('"""')[1].splitlines(), ""], body.splitlines()
    first, last = find(runs(body)[0], lines, 0), find(runs(body)[-1], lines, 0) + len(runs(body)[-1])
    begins = quoted[0] == "..." or not lines[first - 1].startswith("    ")
    return begins and (quoted[-1] == "..." or not lines[last].startswith("    "))


def numbered(equation, source):
    """Whether the docstring at the top of the source has an equation of this number."""
    return re.search(rf"^ +{re.escape(equation)} ", source.split('"""')[1], re.MULTILINE) is not None


def source_of(file):
    return (ROOT / file).read_text(encoding="utf-8")


def equations_of(file):
    """The source of the file whose docstring has the equations that the code of `file` names."""
    return source_of(EQUATIONS.get(file, file))


ALL = quotes(PAGE)
IDS = [f"{k}-{file}" for k, (file, _, _) in enumerate(ALL)]


@pytest.mark.parametrize("file, equations, body", ALL, ids=IDS)
def test_every_quote_stands_in_its_file(file, equations, body):
    assert stands(body, source_of(file)), body
    for equation in equations:
        assert numbered(equation, equations_of(file)), equation


@pytest.mark.parametrize("file, equations, body", ALL, ids=IDS)
def test_a_quote_is_missed_when_any_of_its_lines_changes_in_the_source(file, equations, body):
    source = source_of(file)
    for line in set(body.splitlines()) - {"..."}:
        line = line.strip()
        places = re.compile(rf"^( *){re.escape(line)}$", re.MULTILINE)
        for changed in ("", line[:-1], line + " + 1", line.replace(" ", "  ", 1)):
            if changed != line:
                assert not stands(body, places.sub(lambda m, by=changed: m[1] + by, source)), line


@pytest.mark.parametrize("_, target, numbers, language, body", QUOTE.findall(PAGE), ids=IDS)
def test_a_quote_names_the_equations_that_stand_above_it(_, target, numbers, language, body):
    assert told(language, body) == numbers.split()


LISTS = [(file, body) for file, _, _, language, body in QUOTE.findall(PAGE) if language == "text"]


@pytest.mark.parametrize("file, body", LISTS, ids=[f"{k}-{file}" for k, (file, _) in enumerate(LISTS)])
def test_a_quote_of_equations_is_complete_or_marked(file, body):
    assert whole(body, source_of(file))
    lines = body.splitlines(keepends=True)
    for shorter in (lines[1:], lines[:-1]) if len(lines) > 1 else ():
        assert not whole("".join(shorter), source_of(file))
    assert len(lines) < 3 or whole("".join(["...\n", *lines[1:-1], "...\n"]), source_of(file))


@pytest.mark.parametrize("file, equations, body", ALL, ids=IDS)
def test_an_equation_is_missed_when_its_number_changes_in_the_source(file, equations, body):
    for equation in equations:
        assert not numbered(equation, equations_of(file).replace(f" {equation} ", " (9) "))


def test_lines_left_out_must_be_marked():
    source = "first\n    second\nthird\n"
    assert stands("first\n...\nthird\n", source)
    assert not stands("first\nthird\n", source)
    assert not stands("third\n...\nfirst\n", source)
    assert not stands("second\nthird\n", source)  # not indented alike


def test_every_block_of_python_is_a_quote_or_is_run():
    assert {language for language, _ in FENCED.findall(PAGES["long-products.md"])} == {"pycon"}
    kinds = [language for language, _ in FENCED.findall(PAGE)]
    assert set(kinds) == {"python", "text", "pycon"}
    assert len(ALL) == kinds.count("python") + kinds.count("text")
    for file, target, *_ in QUOTE.findall(PAGE):
        assert file == target


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_section_that_quotes_its_code(topic):
    sections = [s for s in re.split(r"^## ", PAGE, flags=re.MULTILINE) if topic in s.split("\n")[0]]
    assert len(sections) == 1
    code = [(file, body) for file, _, _, language, body in QUOTE.findall(sections[0]) if language == "python"]
    for wanted, part in TOPICS[topic]:
        assert any(file == wanted and part in body for file, body in code), part


def examples(page):
    """The prompts of the page as one doctest; what stands between the blocks is no output."""
    blocks = "\n".join(body for language, body in FENCED.findall(page) if language == "pycon")
    return doctest.DocTestParser().get_doctest(blocks, {}, "page", "docs", 0)


def results(page):
    """What is printed about examples that came out otherwise than the page says."""
    told = []
    doctest.DocTestRunner(verbose=False).run(examples(page), out=told.append)
    return "".join(told)


@pytest.mark.parametrize("name", PAGES)
def test_the_numbers_of_the_page_come_out(name):
    assert sum(bool(example.want) for example in examples(PAGES[name]).examples) >= 8
    assert results(PAGES[name]) == ""


@pytest.mark.parametrize(
    "name, right, wrong",
    [
        ("gradients.md", "dh = 1 + dh_next", "dh = 1"),
        ("gradients.md", "- v_hat * (dv_hat * v_hat).mean()", ""),
        ("gradients.md", 'grads[1]["W"].T', 'grads[1]["W"].T * 0'),
        ("long-products.md", '@ cell.params["Wh"].T for h_t', '@ cell.params["Wh"] for h_t'),
        ("long-products.md", "dh_next, dx = dc * f, da @ Wh.T, da @ Wx.T", "dh_next = dc * f, da @ Wh.T"),
    ],
    ids=["a future that is forgotten", "one mean only", "one of the two uses", "no transpose", "no dx"],
)
def test_the_numbers_of_the_page_do_not_come_out_of_wrong_gradients(name, right, wrong):
    assert PAGES[name].count(right) == 1
    assert "Failed example" in results(PAGES[name].replace(right, wrong))


def test_the_picture_of_credit_is_the_one_that_the_script_draws():
    assert (ROOT / "docs" / "credit.svg").read_text(encoding="utf-8") == credit.picture()
    reached = [credit.credit(start) for start in credit.STARTS.values()]
    steps = np.arange(credit.STEPS)
    lags = steps[:, np.newaxis] - steps
    for matrix, earlier in zip(reached, (steps, steps % credit.CHUNK, np.minimum(steps, credit.CHUNK - 1))):
        np.testing.assert_array_equal(matrix, (lags >= 0) & (lags <= earlier[:, np.newaxis]))
