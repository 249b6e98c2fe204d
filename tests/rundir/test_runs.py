"""python -m minrnn.runs shows every run in one table and one picture, whatever its files are like."""

import json

import pytest
from conftest import assert_refused

from minrnn.rundir import curves
from minrnn.rundir.curves import LABELLED, draw_runs
from minrnn.rundir.log import Log
from minrnn.rundir.table import find_runs, table

RESULT = {
    "finished": True, "best_loss": 2.0, "bits_per_character": 1.5, "step": 20, "parameters": 12_345,
    "options": {"cell": "gru", "layers": 3, "hidden": 64},
}  # fmt: skip


def a_run(folder, losses=(3.0, 2.0), result=RESULT):
    """A run with these validation losses (None: not measured) every ten steps."""
    folder.mkdir(parents=True)
    log = Log(folder / "log.csv")
    log.start()
    for k, loss in enumerate(losses, 1):
        row = dict(step=10 * k, epoch=k / 4, symbols=1000 * k, seconds=1.5 * k, train_loss=4.0 - k / 8)
        log.add(row | ({} if loss is None else {"val_loss": loss}))
    if result is not None:
        (folder / "result.json").write_text(result if isinstance(result, str) else json.dumps(result))


def lines(*places):
    return [line.split() for line in table(find_runs([str(place) for place in places])).splitlines()]


def test_the_table_has_a_line_for_each_run_the_best_first(tmp_path):
    a_run(tmp_path / "a", (3.0, 2.5), RESULT | {"best_loss": 2.5})
    a_run(tmp_path / "deep" / "b")
    a_run(tmp_path / "c", (None,), None)
    head, *rows = lines(tmp_path)
    assert head[:3] == ["run", "model", "parameters"]
    best = [str(tmp_path / "deep" / "b"), "gru", "3", "x", "64", "12,345", "20", "3", "2.0000", "7.389", "1.500"]
    assert rows[0] == best
    assert rows[1][0] == str(tmp_path / "a") and rows[1][8:] == ["2.5000", "12.18", "1.500"]
    assert rows[2] == [str(tmp_path / "c"), "-", "-", "10", "2", "-", "-", "-", "not", "over"]


def test_a_run_that_is_named_twice_is_shown_once(tmp_path):
    a_run(tmp_path / "a")
    assert len(lines(tmp_path, tmp_path / "a")) == 2


@pytest.mark.parametrize(
    "losses, changes, state",
    [((3.0, 2.0), {}, ""), ((3.0, 2.0), {"finished": False}, "stopped"), ((3.0, 2.0, 2.5), {}, "not over")],
)
def test_the_table_says_where_a_run_is(losses, changes, state, tmp_path):
    a_run(tmp_path / "a", losses, RESULT | changes)
    assert table(find_runs([str(tmp_path)])).splitlines()[1].partition("1.500")[2].strip() == state


ODD = {
    "cut": '{"finished": tr',
    "a list": "[1, 2]",
    "a number": "7",
    "binary": "\0\1",
    "deep": "[" * 100_000,
    "large": " " * (1 << 21),
    "wrong types": json.dumps({"options": 3, "best_loss": "low", "parameters": [1], "step": None, "finished": 1}),
    "wrong options": json.dumps({"options": {"cell": 5}, "best_loss": -1.0, "bits_per_character": True}),
    "infinite": '{"best_loss": Infinity, "bits_per_character": NaN, "parameters": 1e999}',
    "long": json.dumps({"options": {"cell": "x\n\x1b[2J" * 99, "layers": [1] * 99}}),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_result_that_is_none_leaves_what_the_log_has(content, tmp_path):
    a_run(tmp_path / "a", result=content)
    text = table(find_runs([str(tmp_path)]))
    assert len(text.splitlines()) == 2 and "2.0000" in text and "7.389" in text and "\x1b" not in text
    assert max(map(len, text.splitlines())) < 400


def test_lines_of_the_log_that_are_none_are_left_out_and_the_file_is_left_alone(tmp_path):
    a_run(tmp_path / "a")
    path = tmp_path / "a" / "log.csv"
    path.write_bytes(path.read_bytes() + b"\xff\0,,\r\n30,nan,3,4,nan,nan,,,\r\n")
    before = path.read_bytes()
    assert lines(tmp_path)[1][6:9] == ["30", "4", "2.0000"]
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 2


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were drawn."""
    figures, save = [], curves.save
    monkeypatch.setattr(curves, "save", lambda figure, path: (figures.append(figure), save(figure, path)))
    return figures


def test_the_picture_has_a_curve_for_each_run_with_a_loss(tmp_path, drawn):
    a_run(tmp_path / "a")
    a_run(tmp_path / "b", (None, None), None)
    a_run(tmp_path / "c", (), None)
    draw_runs(find_runs([str(tmp_path)]), tmp_path / "all.png", "seconds")
    (figure,) = drawn
    found = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[0].get_lines()}
    assert found == {
        f"{tmp_path / 'a'}: validation, lowest 2.0000": ([1.5, 3.0], [3.0, 2.0]),
        f"{tmp_path / 'b'}: training, lowest 3.7500": ([1.5, 3.0], [3.875, 3.75]),
    }
    assert figure.axes[0].get_xlabel() == "seconds"
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")


def test_many_runs_are_told_apart_and_the_best_are_named(tmp_path, drawn):
    for k in range(LABELLED + 3):
        a_run(tmp_path / f"{k:02}", (3.0, 2.0 + k))
    draw_runs(find_runs([str(tmp_path)]), tmp_path / "all.png", "symbols")
    (figure,) = drawn
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].get_lines() if len(line.get_xdata())}
    assert len(looks) == LABELLED + 3
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == LABELLED + 1 and labels[-1] == "and 3 more" and "lowest 2.0000" in labels[0]


def test_the_command_prints_the_table_and_writes_the_picture(script, tmp_path):
    a_run(tmp_path / "runs" / "a")
    result = script("minrnn.runs", "--picture", "all.png", "--by", "epoch")
    assert (result.returncode, result.stderr) == (0, "written: all.png\n")
    assert result.stdout.splitlines()[1].startswith("runs/a  gru 3 x 64")
    assert (tmp_path / "all.png").exists()


REFUSED = {
    "no runs": ((), ["runs is not a folder"]),
    "a file": (("a-file",), ["a-file is not a folder"]),
    "a folder without a run": (("empty",), ["empty has no run in it", "log.csv"]),
    "another ending": (("r", "--picture", "r/last.pkl"), ["--picture", "ends in .png"]),
    "an unknown axis": (("r", "--by", "epohc"), ["--by", "did you mean epoch?"]),
    "nothing to draw": (("bare", "--picture", "a.png"), ["no run has measured a loss yet"]),
}


@pytest.mark.parametrize("arguments, words", REFUSED.values(), ids=REFUSED)
def test_the_command_refuses_in_one_line(arguments, words, script, tmp_path):
    a_run(tmp_path / "r")
    a_run(tmp_path / "bare", (), None)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("")
    assert_refused(script("minrnn.runs", *arguments), *words)
