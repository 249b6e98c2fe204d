"""The notebook docs/tour.ipynb: it runs, it learns, and the outputs that are stored in it are its own.

After a change to the notebook or to what it prints: `python tests/docs/test_tour.py` runs it and stores the outputs.
"""

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the notebook packages: pip install -e '.[test]'")
nbclient = pytest.importorskip("nbclient", reason="needs the notebook packages: pip install -e '.[test]'")
pytest.importorskip("ipykernel", reason="needs the notebook packages: pip install -e '.[test]'")

DOCS = Path(__file__).parents[2] / "docs"
TOUR = DOCS / "tour.ipynb"
DECIMAL = r"\d+\.\d+(?:e-?\d+)?"
# The cell with the loop. A last digit that differs between machines becomes another model after two thousand updates.
# So what is printed before is compared closely, what comes after loosely, and of the sample only its quality counts.
LOOP = 13
# After the sample come the cell with the judge and the exercises.
EXERCISES = range(17, 21)


def executed():
    """The notebook after a run of all its cells in docs/, without what a run leaves in its metadata."""
    tour = nbformat.read(TOUR, as_version=4)
    nbclient.NotebookClient(
        tour,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(DOCS)}},
    ).execute()
    tour.metadata.pop("language_info", None)
    return tour


def code(tour):
    return [cell for cell in tour.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")


def number(pattern, cell):
    return float(re.search(pattern, printed(cell))[1])


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(TOUR, as_version=4)


@pytest.fixture(scope="module")
def fresh():
    return executed()


@pytest.fixture(params=["stored", pytest.param("fresh", marks=pytest.mark.slow)])
def cells(request):
    """The code cells, both as they were stored and as they come out here."""
    return code(request.getfixturevalue(request.param))


def test_the_tour_has_fifteen_cells_two_by_hand_and_the_exercises_and_all_ran_in_their_order(cells):
    assert [cell.execution_count for cell in cells] == list(range(1, 15 + 2 + len(EXERCISES) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*range(16), *EXERCISES])
def test_the_stored_outputs_come_out_again(cell, stored, fresh):
    here, there = (printed(code(tour)[cell]) for tour in (stored, fresh))
    assert re.sub(DECIMAL, "", here) == re.sub(DECIMAL, "", there)
    tolerance = dict(rel=1e-3) if cell < LOOP or cell in EXERCISES else dict(abs=0.15)
    for a, b in zip(re.findall(DECIMAL, here), re.findall(DECIMAL, there)):
        assert float(a) == pytest.approx(float(b), **tolerance)


def test_the_gradient_of_the_tour_is_that_of_the_complex_step(cells):
    a, b = re.fullmatch(r"backward (\S+), complex step (\S+)\n", printed(cells[9])).groups()
    assert float(a) == pytest.approx(float(b), rel=1e-3) and float(b) != 0


def test_every_number_by_hand_is_that_of_the_kernel(cells):
    lines = printed(cells[11]).splitlines()
    assert len(lines) == 10 and all(line.endswith("  the kernel agrees") for line in lines)
    steps, kernel = printed(cells[10]), {line.split()[0]: line.split()[1:] for line in lines}
    for t in (0, 1):
        for j in (0, 1):
            h, da = kernel[f"h[{t}]"][j], kernel[f"da[{t}]"][j]
            assert f"(1 - ({h})^2) = {da}\n" in steps.split(f"step {t}\n")[1]
    for j in (0, 1):
        assert re.search(rf"to unit {j}: .* = {kernel['initial'][j]}$", steps.split("step 0\n")[1], re.M)


def solutions(tour):
    """(the code cell of an exercise, the code of the solution in the folded cell after it) of every exercise."""
    folded = re.compile(r"<details><summary>A solution</summary>\n.*```python\n(.*)```\n\n</details>", re.S)
    following = zip(tour.cells, tour.cells[1:])
    return [(cell.source, m[1]) for cell, after in following if (m := folded.fullmatch(after.source))]


def verdicts(tour, source, capsys):
    """{name: what the judge says} when this is the source of an exercise."""
    exec("import numpy as np\n" + code(tour)[EXERCISES[0]].source + "\n" + source, {})
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def replaced(stub, solution):
    """The source of an exercise with the solution in place of the function that is to be written."""
    function = re.compile(r"\Adef .*?\n\n\n", re.S)
    return function.sub(lambda _: solution + "\n\n", stub)


@pytest.mark.parametrize("k", range(3))
def test_the_judge_of_an_exercise_wants_the_solution_and_not_the_stub(k, stored, capsys):
    stub, solution = solutions(stored)[k]
    asked = verdicts(stored, stub, capsys)
    assert set(asked.values()) == {"nothing yet"} and len(asked) >= 3
    found = verdicts(stored, replaced(stub, solution), capsys)
    assert found.keys() == asked.keys() and set(found.values()) == {"right"}


@pytest.mark.parametrize(
    "k, right, wrong, says",
    [
        (0, "dy @ W.T", "x @ W", {"dx": "has shape (5, 2), and should have (5, 3)"}),
        (0, "dy.sum(axis=0)", "dy.mean(axis=0)", {"db": "is 0.2 times the right one"}),
        (1, "dc_next + dh", "dh", {name: "wrong" for name in ("di", "df", "dg", "dc_prev")}),
        (1, "dc * c_prev, dc * i", "dc * i, dc * c_prev", {"df": "wrong", "dg": "wrong"}),
        (2, "dh_above[t] + dh_next", "dh_above[t]", {n: "wrong" for n in ("dx", "dh_first", "dWx", "dWh", "db")}),
        (2, "h[t - 1] if t else h_first", "h[t]", {"dWh": "wrong"}),
    ],
    ids=["a shape", "a mean", "one path", "swapped", "no future", "one step off"],
)
def test_the_judge_names_what_is_wrong_and_only_that(k, right, wrong, says, stored, capsys):
    stub, solution = solutions(stored)[k]
    assert solution.count(right) == 1
    found = verdicts(stored, replaced(stub, solution.replace(right, wrong)), capsys)
    assert {name: verdict for name, verdict in found.items() if verdict != "right"} == says


def test_the_tour_promises_as_many_digits_as_the_tests_ask_for():
    assert "in float64, for every weight, to eleven.)" in TOUR.read_text(encoding="utf-8")
    assert "assert error < 1e-11" in (DOCS.parent / "tests" / "nn" / "test_gradients.py").read_text(encoding="utf-8")


def test_the_loss_of_the_tour_falls(cells):
    before, after = map(float, re.findall(r"\d+\.\d+", printed(cells[12])))
    losses = [float(v) for v in re.findall(r"loss (\S+)", printed(cells[LOOP]))]
    assert before > after and len(losses) == 7
    assert losses == sorted(losses, reverse=True) and losses[0] > 2.5 and losses[-1] < 0.3
    assert 0.2 < number(r"held out: (\S+) nats", cells[15]) < 0.3


def test_the_tour_ends_with_sums_of_which_most_are_right(cells):
    *texts, _, verdict = printed(cells[16]).splitlines()
    lines, form, right = map(int, re.findall(r"\d+", verdict))
    assert lines > 200 and form > 0.9 * lines and right > 0.6 * lines
    assert len(texts) == 10
    assert sum(bool(re.fullmatch(r"[a-z]+ (plus|minus) [a-z]+ is [a-z]+\.", line)) for line in texts) >= 8


def test_what_is_stored_is_small_and_tells_nothing_of_the_machine(stored):
    assert TOUR.stat().st_size < 60_000
    assert stored.metadata == {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    pictures = 0
    for cell in stored.cells:
        assert cell.metadata == {}
        for output in cell.get("outputs", []):
            assert output.output_type == "display_data" or output.name == "stdout", output
            pictures += "image/png" in output.get("data", {})
    assert pictures == 1
    assert not re.search(r"/(home|root|tmp|Users)\b|site-packages|Warning", TOUR.read_text(encoding="utf-8"))


def test_every_link_of_the_tour_leads_somewhere(stored):
    text = "\n".join(cell.source for cell in stored.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    for link in links:
        assert (DOCS / link).exists(), link


if __name__ == "__main__":
    nbformat.write(executed(), TOUR)
