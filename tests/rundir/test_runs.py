"""python -m minrnn.runs shows every run in one table and one picture, whatever its files are like."""

import csv
import io
import json
import os

import pytest
from conftest import assert_refused

from minrnn.rundir import curves
from minrnn.rundir.curves import LABELLED, draw_runs
from minrnn.rundir.log import Log
from minrnn.rundir.summary import find_runs
from minrnn.rundir.table import MOST, as_csv, as_json, notes, table
from minrnn.system.lock import Lock

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
    best = [str(tmp_path / "deep" / "b"), "gru", "3", "x", "64", "12,345", "2,000", "3", "2.0000", "7.389", "1.500"]
    assert rows[0] == best
    assert rows[1][0] == str(tmp_path / "a") and rows[1][8:] == ["2.5000", "12.18", "1.500"]
    assert rows[2] == [str(tmp_path / "c"), "-", "-", "1,000", "2", "-", "-", "-", "not", "over"]


def test_a_run_that_is_named_twice_is_shown_once(tmp_path):
    a_run(tmp_path / "a")
    assert len(lines(tmp_path, tmp_path / "a")) == 2


@pytest.mark.parametrize(
    "losses, changes, state",
    [
        ((3.0, 2.0), {}, ""),
        ((3.0, 2.0), {"finished": False}, "stopped"),
        ((3.0, 2.0), {"finished": False, "step": 27}, "stopped"),  # between two rows of the log
        ((3.0, 2.0, 2.5), {}, "not over"),
    ],
)
def test_the_table_says_where_a_run_is(losses, changes, state, tmp_path):
    a_run(tmp_path / "a", losses, RESULT | changes)
    assert table(find_runs([str(tmp_path)])).splitlines()[1].partition("1.500")[2].strip() == state


def with_options(**options):
    return RESULT | {"options": RESULT["options"] | options}


def test_only_options_that_differ_are_shown(tmp_path):
    a_run(tmp_path / "a", (3.0, 2.0), with_options(lr=0.002, dropout=0.5, seed=1, text=["t"], skip=True))
    a_run(tmp_path / "b", (3.0, 2.5), with_options(lr=0.004, dropout=0.5, seed=1, text=["u"], skip=False))
    a_run(tmp_path / "c", (3.0, 2.7), with_options(dropout=0.5))
    head, *rows = lines(tmp_path)
    assert head[:5] == ["run", "model", "lr", "skip", "parameters"]
    assert [row[5:7] for row in rows] == [["0.002", "on"], ["0.004", "off"], ["-", "-"]]


def test_the_table_has_room_for_the_first_options_and_a_note_names_the_others(tmp_path):
    for k in (1, 2):
        a_run(tmp_path / f"{k}", result=with_options(**{f"o{n}": k for n in range(MOST + 2)}))
    runs = find_runs([str(tmp_path)])
    head = table(runs).splitlines()[0].split()
    assert f"o{MOST - 1}" in head and f"o{MOST}" not in head
    assert notes(runs) == [f"they also differ in o{MOST}, o{MOST + 1}: see --csv or --json"]


def test_runs_of_one_text_stand_together_and_texts_are_told_apart(tmp_path):
    for name, loss, text, digest in [
        ("a", 2.0, "x", "1"),
        ("b", 1.0, "y", "2"),
        ("c", 3.0, "y", "2"),
        ("d", 2.5, "x", "3"),
    ]:
        held_out = {"text": {"sha256": digest, "learned": 900}}
        a_run(tmp_path / name, (loss,), with_options(text=[f"{text}.txt"]) | held_out)
    a_run(tmp_path / "e", (0.5,), None)
    _, *rows = lines(tmp_path)
    assert [row[0][-1] for row in rows] == list("bcade")
    assert [" ".join(row[1:3]) for row in rows] == ["y gru", "y gru", "x gru", "x #2", "- -"]
    told = notes(find_runs([str(tmp_path)]))
    assert told[0].startswith("runs of 3 texts or parts held out: losses compare only within one")
    assert told[1] == "1 of 5 runs have no result.json, which has their options"


def test_csv_and_json_have_what_the_table_has(tmp_path):
    a_run(tmp_path / "a", (3.0, 2.0), with_options(lr=0.002))
    a_run(tmp_path / "b", (3.0, None), with_options(lr=0.004) | {"finished": False})
    runs = find_runs([str(tmp_path)])
    first, second = json.loads(as_json(runs))
    assert first == {
        "run": str(tmp_path / "a"), "text": None, "state": "finished", "parameters": 12_345, "steps": 20,
        "symbols": 2000, "seconds": 3, "best_loss": 2.0, "perplexity": pytest.approx(7.389056),
        "bits_per_character": 1.5,
        "options": {"cell": "gru", "layers": 3, "hidden": 64, "lr": 0.002},
    }  # fmt: skip
    assert (second["state"], second["best_loss"]) == ("stopped", 3.0)
    rows = list(csv.DictReader(io.StringIO(as_csv(runs))))
    assert [row["lr"] for row in rows] == ["0.002", "0.004"] and rows[0]["best_loss"] == "2"
    assert [row["cell"] for row in rows] == ["gru", "gru"]


def damage_nothing_there(folder):
    (folder / "log.csv").unlink()
    (folder / "result.json").unlink()
    (folder / "last.pkl").write_bytes(b"\0")


def damage_folders(folder):
    for name in ("log.csv", "result.json"):
        (folder / name).unlink()
        (folder / name).mkdir()
    (folder / "best.pkl").write_bytes(b"")


def damage_pipe(folder):
    (folder / "log.csv").unlink()
    os.mkfifo(folder / "log.csv")


def damage_empty(folder):
    for name in ("log.csv", "result.json"):
        (folder / name).write_bytes(b"")


BROKEN = {
    "only a checkpoint": damage_nothing_there, "folders": damage_folders, "a pipe": damage_pipe, "empty": damage_empty,
}  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_a_broken_run_has_one_row_beside_the_others(damage, tmp_path):
    if damage is damage_pipe and not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    a_run(tmp_path / "good")
    a_run(tmp_path / "broken")
    damage(tmp_path / "broken")
    runs = find_runs([str(tmp_path)])
    assert {run.folder.name for run in runs} == {"good", "broken"}
    row = next(line.split() for line in table(runs).splitlines() if os.sep + "broken " in line)
    # Without its log, the run still has its result.
    assert row[-3:] == (["2.0000", "7.389", "1.500"] if damage is damage_pipe else ["-", "not", "over"])
    assert len(json.loads(as_json(runs))) == 2 and as_csv(runs).count("\n") == 3


def test_a_run_that_goes_on_now_is_told_from_one_that_was_killed(tmp_path):
    for name, loss in (("goes", 3.0), ("killed", 4.0)):
        a_run(tmp_path / name, (loss,), RESULT | {"step": 0, "finished": False})
    (tmp_path / "killed" / ".lock").write_text("1")
    with Lock(tmp_path / "goes"):
        assert [line[-1] for line in lines(tmp_path)[1:]] == ["running", "over"]
        # Looking does not take the lock from a run that begins, nor leave one.
        with Lock(tmp_path / "killed"):
            assert [line[-1] for line in lines(tmp_path)[1:]] == ["running", "running"]
    assert [line[-2:] for line in lines(tmp_path)[1:]] == [["not", "over"]] * 2


def test_a_run_that_was_stopped_between_two_rows_has_the_numbers_of_its_result(tmp_path):
    newest = {"finished": False, "step": 27, "symbols": 2700, "seconds": 4.25}
    a_run(tmp_path / "a", (3.0, 2.0), RESULT | newest)
    a_run(tmp_path / "b", (), RESULT | newest)
    a_run(tmp_path / "c", (3.0, 2.0), RESULT | newest | {"step": 7})  # resumed and killed later
    found = {record["run"][-1]: record for record in json.loads(as_json(find_runs([str(tmp_path)])))}
    numbers = {name: [record[key] for key in ("steps", "symbols", "seconds")] for name, record in found.items()}
    assert numbers == {"a": [27, 2700, 4.25], "b": [27, 2700, 4.25], "c": [20, 2000, 3]}
    assert found["b"]["best_loss"] == 2.0


def test_long_names_keep_their_end_in_the_picture(tmp_path, drawn):
    a_run(tmp_path / ("x" * 150) / "last")
    draw_runs(find_runs([str(tmp_path)]), tmp_path / "all.png", "symbols")
    label = drawn[0].legends[0].get_texts()[0].get_text()
    assert label.startswith("...xxx") and "x/last: lowest 2.0000" in label and len(label) <= 120


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
    "nested": json.dumps(RESULT | {"options": {"cell": "gru", "x": eval("[" * 90 + "1" + "]" * 90), "y": {"z": 1}}}),
    "long": json.dumps({"options": {"cell": "x\n\x1b[2J" * 99, "layers": [1] * 99}}),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_result_that_is_none_leaves_what_the_log_has(content, tmp_path):
    a_run(tmp_path / "a", result=content)
    runs = find_runs([str(tmp_path)])
    text = table(runs)
    assert len(json.loads(as_json(runs))) == 1 and as_csv(runs).count("\n") == 2
    assert len(text.splitlines()) == 2 and "2.0000" in text and "7.389" in text and "\x1b" not in text
    assert max(map(len, text.splitlines())) < 400


def test_lines_of_the_log_that_are_none_are_left_out_and_the_file_is_left_alone(tmp_path):
    a_run(tmp_path / "a")
    path = tmp_path / "a" / "log.csv"
    path.write_bytes(path.read_bytes() + b"\xff\0,,\r\n30,nan,3,4,nan,nan,,,\r\n")
    before = path.read_bytes()
    assert lines(tmp_path)[1][6:9] == ["3", "4", "2.0000"]
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
        f"{tmp_path / 'a'}: gru 3 x 64, lowest 2.0000": ([1.5, 3.0], [3.0, 2.0]),
        f"{tmp_path / 'b'}: lowest 3.7500 (training)": ([1.5, 3.0], [3.875, 3.75]),
    }
    assert figure.axes[0].get_xlabel() == "seconds"
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")


def test_many_runs_are_told_apart_and_the_best_are_named(tmp_path, drawn):
    for k in range(LABELLED + 3):
        a_run(tmp_path / f"{k:02}", (3.0, 2.0 + k))
    draw_runs(find_runs([str(tmp_path)]), tmp_path / "all.png", "symbols")
    (figure,) = drawn
    looks = [(line.get_color(), line.get_linestyle()) for line in figure.axes[0].get_lines()]
    assert len(looks) == LABELLED + 3 and len(set(looks)) == LABELLED + 1
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == LABELLED + 1 and labels[-1] == "and 3 more" and "lowest 2.0000" in labels[0]


def test_csv_and_json_go_to_files_or_to_standard_output_in_place_of_the_table(script, tmp_path):
    a_run(tmp_path / "runs" / "a")
    both = script("minrnn.runs", "--csv", "a.csv", "--json", "-", "--plot", "a.png")
    assert (both.returncode, both.stderr) == (0, "written: a.png\nwritten: a.csv\n")
    assert json.loads(both.stdout)[0]["run"] == "runs/a"
    assert (tmp_path / "a.csv").read_text() == script("minrnn.runs", "--csv", "-").stdout
    assert (tmp_path / "a.png").exists()


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
    "a picture of a run": (("r", "--plot", "r/loss.png"), ["--plot", "that no run has"]),
    "the log of a run": (("r", "--csv", "r/log.csv"), ["--csv", "that no run has"]),
    "the result of a run": (("r", "--json", "r/result.json"), ["--json", "that no run has"]),
    "two on one stream": (("r", "--csv", "-", "--json", "-"), ["cannot both go to standard output"]),
    "a folder that is not there": (("r", "--csv", "nowhere/a.csv"), ["nowhere/a.csv", "No such file"]),
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
