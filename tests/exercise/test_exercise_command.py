"""The command: the list, the file to work in, hints, the score, and files that cannot be judged."""

import json
import os
import re
from functools import partial
from textwrap import indent

import pytest
from conftest import ROOT, assert_refused

from minrnn.exercise import run
from minrnn.exercise.exercises import EXERCISES
from minrnn.exercise.score import FILE
from minrnn.exercise.task import solution


@pytest.fixture
def exercise(script):
    return partial(script, "minrnn.exercise")


def test_the_page_has_the_list_of_the_command(exercise):
    page = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert f"```\n{exercise().stdout}```" in page
    weeks = page.split("## An order for a course")[1].split("## ")[0]
    named = [name for row in re.findall(r"^\| \d .*\| (.*) \|$", weeks, re.M) for name in row.split(", ")]
    assert sorted(named) == sorted(EXERCISES)


def test_the_changelog_counts_the_exercises():
    assert f"lists {len(EXERCISES)} exercises" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_an_exercise_begins_with_its_file_and_its_task(exercise, tmp_path):
    result = exercise("gru-after")
    exercise_of_that_name = EXERCISES["gru_after"]
    assert result.returncode == 0
    assert (tmp_path / "gru_after.py").read_text(encoding="utf-8") == exercise_of_that_name.stub
    assert result.stdout == f"{exercise_of_that_name.text}\n\nwritten: gru_after.py\n"


def test_a_file_that_exists_is_never_written_over(exercise, tmp_path):
    (tmp_path / "rnn.py").write_text("my work\n")
    assert_refused(exercise("rnn"), "rnn.py exists and is left as it is", "--check")
    assert (tmp_path / "rnn.py").read_text() == "my work\n"


def test_hints_come_one_after_the_other(exercise):
    first, second = EXERCISES["rnn"].hints
    assert [exercise("rnn", "--hint").stdout for _ in range(3)] == [f"hint: {v}\n" for v in (first, second, second)]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["lstn"], ["there is no exercise 'lstn' (did you mean lstm?)"]),
        (["bug_99"], ["there is no exercise 'bug_99'"]),
        (["--check"], ["give its NAME first"]),
        (["--hint"], ["give its NAME first"]),
        (["rnn", "--chek"], ["did you mean --check?"]),
        (["rnn", "--check"], ["there is no file rnn.py", "writes rnn.py to begin with"]),
        (["rnn", "--check", "mine.py"], ["there is no file mine.py"]),
        (["rnn", "--hint", "--score", "no/where.json"], ["no/where.json: No such file or directory"]),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, words, exercise):
    assert_refused(exercise(*arguments), *words)


@pytest.mark.parametrize(
    "source, words",
    [
        (b"def backward(:\n", ["rnn.py: invalid syntax", "line 1"]),
        (b"x = '\xff'\n", ["rnn.py: (unicode error)", "line 1"]),
        (b"x = 1\0\n", ["zero bytes; save it as UTF-8"]),
        (b"def backward():\n        x = 1\n    y = 2\n", ["unindent does not match", "line 3"]),
    ],
)
def test_a_file_that_is_no_python_is_one_line_with_the_place(source, words, exercise, tmp_path):
    (tmp_path / "rnn.py").write_bytes(source)
    assert_refused(exercise("rnn", "--check"), *words)
    assert not (tmp_path / FILE).exists()


def test_blanks_that_are_still_there_are_named_by_their_lines(exercise, tmp_path):
    exercise("rnn")
    result = exercise("rnn", "--check")
    assert result.returncode == 1 and not (tmp_path / FILE).exists()
    numbers = [n for n, line in enumerate(EXERCISES["rnn"].stub.split("\n"), 1) if " = ..." in line]
    assert f"lines {numbers[0]}, {numbers[1]} are still blank" in result.stdout


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"rnn": 1}', '{"rnn": {"state": "great", "hints": 0}}', "\0", "[" * 100_000]
)
def test_a_broken_score_is_put_aside_with_one_line(content, exercise, tmp_path):
    (tmp_path / FILE).write_text(content)
    result = exercise()
    assert result.returncode == 0 and "0 of 38 solved" in result.stdout
    assert result.stderr == f"{FILE} is not a score file; it is now {FILE}.broken, and a new score begins\n"
    assert (tmp_path / f"{FILE}.broken").read_text() == content and not (tmp_path / FILE).exists()


def test_a_score_keeps_the_exercises_of_another_version(exercise, tmp_path):
    other = {"state": "solved", "hints": 1}
    (tmp_path / FILE).write_text(json.dumps({"of_tomorrow": other}))
    exercise("rnn", "--hint")
    assert json.loads((tmp_path / FILE).read_text()) == {"of_tomorrow": other, "rnn": {"state": "open", "hints": 1}}


# From here on, each check starts a process.


@pytest.mark.slow
def test_a_wrong_answer_is_tried_and_a_right_one_solved_for_good(exercise, tmp_path):
    right = solution("lstm")
    wrong = right.replace("dc_next = dc * f", "dc_next = dc")

    def check(text, *more):
        (tmp_path / "mine.py").write_text(text)
        return exercise("lstm", "--check", "mine.py", "--score", "my score.json", *more)

    def state():
        return exercise("--score", "my score.json").stdout.split(" lstm ")[0].split()[-1]

    result = check(wrong)
    assert (result.returncode, state()) == (1, "tried")
    verdict, more = result.stdout.split("more help:")
    assert more == " python -m minrnn.exercise lstm --hint\n"
    assert indent(verdict, "    ") in (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert check(wrong, "--hint").stdout.endswith(f"hint: {EXERCISES['lstm'].hints[0]}\n")
    result = check(right)
    assert (result.returncode, state()) == (0, "solved") and result.stdout.startswith("lstm: solved\n")
    assert (check(wrong).returncode, state()) == (1, "solved")


def in_backward(*lines):
    """The solution of rnn with these lines at the beginning of its backward pass."""
    first = "    dx, dWx, dWh, db = []"
    assert first in solution("rnn")
    return solution("rnn").replace(first, "".join(f"    {line}\n" for line in lines) + first)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text, words",
    [
        (in_backward("print(1 / 0)"), ["raised ZeroDivisionError: division by zero (rnn.py, line 34)"]),
        (in_backward("dx = Wx @ Wh.T @ Wx"), ["(rnn.py, line 34)", "compare the shapes in this line"]),
        (in_backward("dx = dh_next - dh_next.mean(axis=1)"), ["broadcast", "keepdims=True in a sum or mean"]),
        (in_backward("exit()"), ["backward with T = 3", "raised SystemExit"]),
        (in_backward("import os; os._exit(0)"), ["ended Python before it could be judged"]),
        (in_backward("input()"), ["raised EOFError"]),
        (in_backward("def again(): again()", "again()"), ["raised RecursionError"]),
        (in_backward("while True:", "    pass"), ["is not ready after 2 seconds (line 3", "endless loop?"]),
        ("while True:\n    print('x' * 1000)\n", ["is not ready after 2 seconds (line 2)"]),
        ("import nothing_of_this_name\n", ["running the file raised ModuleNotFoundError", "(rnn.py, line 1)"]),
        ("x = 1\n", ["there is no backward in the file"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_judged_is_one_line(text, words, exercise, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "SECONDS", 2)
    (tmp_path / "rnn.py").write_text(text)
    result = exercise("rnn", "--check")
    assert result.returncode == 2 and result.stderr.count("\n") == 1, result.stderr
    assert all(word in result.stderr for word in ("rnn.py: ", *words)), result.stderr
    assert len(result.stdout) < 3 * run.MAX_CHARACTERS


@pytest.mark.slow
def test_what_a_file_prints_is_shown_for_the_first_case_only(exercise, tmp_path):
    (tmp_path / "rnn.py").write_text(in_backward("for k in range(30): print(k, dh_next.shape)"))
    result = exercise("rnn", "--check")
    shown = result.stdout.split("rnn: solved")[0].splitlines()
    assert shown == [*(f"| {k} (4, 6)" for k in range(run.MAX_LINES)), "| ... and 10 more lines"]


@pytest.mark.slow
def test_a_helper_beside_the_file_can_be_imported(process, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "helper.py").write_text(solution("rnn"))
    (tmp_path / "work" / "rnn.py").write_text("from helper import backward, forward\n")
    result = process("minrnn.exercise", "rnn", "--check", os.path.join("work", "rnn.py"))
    assert result.returncode == 0, result.stderr
