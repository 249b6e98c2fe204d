"""The page docs/gradients.md: what it quotes stands in the source, and what it computes comes out.

A quote is a block of Python (or of equations, as text) under a line `From [`FILE`](../FILE), (1) (2'):`, whose numbers
are those in the quoted lines. A line `...` stands for lines left out; the lines between two of them follow one another
in the file. Blocks with the prompt of
Python's shell (pycon) are run.
"""

import doctest
import re
from textwrap import dedent

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "gradients.md").read_text(encoding="utf-8")
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
    "Skips and penalties": [("minrnn/nn/stack.py", "dh += dy"), ("minrnn/nn/penalty.py", "dh[:-1] -= moved")],
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


def stands(body, source):
    """Whether the runs of quoted lines stand in the source, one after the other."""
    lines, start = source.splitlines(), 0
    for run in re.split(r"^\.\.\.\n", body, flags=re.MULTILINE):
        run = run.splitlines()
        k = find(run, lines, start)
        if k < 0:
            return False
        start = k + len(run)
    return True


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
    return doctest.DocTestParser().get_doctest(blocks, {}, "gradients.md", "docs/gradients.md", 0)


def results(page):
    """What is printed about examples that came out otherwise than the page says."""
    told = []
    doctest.DocTestRunner(verbose=False).run(examples(page), out=told.append)
    return "".join(told)


def test_the_numbers_of_the_page_come_out():
    assert sum(bool(example.want) for example in examples(PAGE).examples) >= 10
    assert results(PAGE) == ""


@pytest.mark.parametrize(
    "right, wrong",
    [("dh = 1 + dh_next", "dh = 1"), ("- v_hat * (e * v_hat).mean()", ""), ('grads[1]["W"].T', 'grads[1]["W"].T * 0')],
    ids=["a future that is forgotten", "one mean only", "one of the two uses"],
)
def test_the_numbers_of_the_page_do_not_come_out_of_wrong_gradients(right, wrong):
    assert PAGE.count(right) == 1
    assert "Failed example" in results(PAGE.replace(right, wrong))
