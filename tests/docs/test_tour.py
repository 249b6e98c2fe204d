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
LOOP = 11


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


def test_the_tour_has_fifteen_cells_that_ran_in_their_order(cells):
    assert [cell.execution_count for cell in cells] == list(range(1, 16))


@pytest.mark.slow
@pytest.mark.parametrize("cell", range(14))
def test_the_stored_outputs_come_out_again(cell, stored, fresh):
    here, there = (printed(code(tour)[cell]) for tour in (stored, fresh))
    assert re.sub(DECIMAL, "", here) == re.sub(DECIMAL, "", there)
    tolerance = dict(rel=1e-3) if cell < LOOP else dict(abs=0.15)
    for a, b in zip(re.findall(DECIMAL, here), re.findall(DECIMAL, there)):
        assert float(a) == pytest.approx(float(b), **tolerance)


def test_the_gradient_of_the_tour_is_that_of_the_complex_step(cells):
    a, b = re.fullmatch(r"backward (\S+), complex step (\S+)\n", printed(cells[9])).groups()
    assert float(a) == pytest.approx(float(b), rel=1e-3) and float(b) != 0


def test_the_tour_promises_as_many_digits_as_the_tests_ask_for():
    assert "in float64, for every weight, to eleven.)" in TOUR.read_text(encoding="utf-8")
    assert "assert error < 1e-11" in (DOCS.parent / "tests" / "nn" / "test_gradients.py").read_text(encoding="utf-8")


def test_the_loss_of_the_tour_falls(cells):
    before, after = map(float, re.findall(r"\d+\.\d+", printed(cells[10])))
    losses = [float(v) for v in re.findall(r"loss (\S+)", printed(cells[LOOP]))]
    assert before > after and len(losses) == 7
    assert losses == sorted(losses, reverse=True) and losses[0] > 2.5 and losses[-1] < 0.3
    assert 0.2 < number(r"held out: (\S+) nats", cells[13]) < 0.3


def test_the_tour_ends_with_sums_of_which_most_are_right(cells):
    *texts, _, verdict = printed(cells[14]).splitlines()
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
