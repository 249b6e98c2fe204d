"""The judge: solutions pass, stubs fail, each known mistake yields its own hint, and cheats are seen."""

import re

import numpy as np
import pytest
from conftest import ROOT

from minrnn.exercise import judge as judging
from minrnn.exercise.calls import SIZES, cases
from minrnn.exercise.child import blank_lines
from minrnn.exercise.exercises import EXERCISES, GROUPS
from minrnn.exercise.task import answers, namespace, solution, with_slips
from minrnn.gradcheck.reference import run_cell
from minrnn.system.errors import OptionError
from optim import OPTIMIZERS
from optim.clip import clip_norm, global_norm

# One exercise for each task: where something is to be written, or the first bug where nothing is.
TASKS = {e.task.source: e for e in reversed(EXERCISES.values())} | {
    e.task.source: e for e in EXERCISES.values() if not e.bug
}
# Each known mistake with an exercise that tells its hint at once: one in which it is not the bug to be found.
SLIPS = [
    (next((e.name for e in EXERCISES.values() if e.task is task and e.bug is not slip), None), slip)
    for task in (e.task for e in TASKS.values())
    for slip in task.slips
]


def judge(name, names):
    """Whether it is solved, and the lines."""
    return judging.judge(name, names)[:2]


def run(text, name="student"):
    names = {"__name__": f"answer of a {name}"}
    exec(compile(text, f"{name}.py", "exec"), names)
    return names


def verdict(name, *changes):
    """The lines for the solution of an exercise with parts of its text replaced, and whether it is solved."""
    text = solution(EXERCISES[name].task.source)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    solved, lines = judge(name, run(text))
    return solved, "\n".join(lines)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_passes(name):
    assert judge(name, namespace(EXERCISES[name].task.source))[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_is_whole_python_and_does_not_pass(name):
    stub = EXERCISES[name].stub
    names = run(stub)
    if not blank_lines(stub.encode(), "stub.py"):
        assert not judge(name, names)[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_no_stub_contains_its_answer_or_the_marks_around_it(name):
    exercise, bare = EXERCISES[name], re.compile(r"\s+")
    stub = bare.sub("", exercise.stub)
    # A bug that is a line too many leaves the right line where it was.
    hidden = [exercise.bug.old] if exercise.bug and exercise.bug.old not in exercise.bug.new else []
    hidden = hidden if exercise.bug else [line for line in answers(exercise.task.source) if line.strip()]
    assert hidden or exercise.bug.new in exercise.stub
    for line in hidden:
        right = bare.sub("", line).removeprefix("return")
        assert right not in stub, line
        if not exercise.bug and " = " in line:
            assert bare.sub("", line.split(" = ", 1)[1]) not in stub, line
    assert "answer:" not in stub and "#end" not in stub
    assert exercise.hints[0] not in exercise.stub
    if exercise.bug:
        assert exercise.bug.museum not in exercise.stub and exercise.bug.hint not in exercise.stub
        assert "one mistake" in exercise.text
    assert exercise.text.endswith("--check") and f"exercise {name} --check" in exercise.text


@pytest.mark.parametrize(
    "name, slip", [(n, s) for n, s in SLIPS if n], ids=lambda v: v if isinstance(v, str) else v.new.strip()[:40]
)
def test_each_known_mistake_yields_its_own_hint(name, slip):
    source = EXERCISES[name].task.source
    assert with_slips(source, slip) is not None, f"{slip.old!r} is not exactly once in the solution"
    solved, lines = judge(name, namespace(source, slip))
    assert not solved and lines[-1] == f"hint: {slip.hint}"


def test_every_known_mistake_is_in_a_test_by_its_hint_or_as_a_bug_to_find():
    assert all(slip.museum for name, slip in SLIPS if name is None)
    page = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert f"(about {round(len(SLIPS), -1)} in all)" in page


@pytest.mark.parametrize("name", TASKS)
def test_no_two_mistakes_of_an_exercise_have_the_same_hint(name):
    hints = [slip.hint for slip in TASKS[name].task.slips]
    assert len(set(hints)) == len(hints)


@pytest.mark.parametrize("name", [e.name for e in GROUPS["find the bug"]])
def test_a_bug_as_it_is_gives_facts_and_only_later_its_hint(name):
    exercise = EXERCISES[name]
    solved, lines = judge(name, run(exercise.stub))
    assert not solved and lines[0].startswith("wrong: ")
    assert lines[-1] == "the result is still that of the faulty code"
    assert exercise.hints[-1] == exercise.bug.hint not in lines


@pytest.mark.parametrize("name", [e.name for e in GROUPS["find the bug"] if answers(e.task.source)])
def test_the_first_hint_for_a_bug_is_a_line_of_the_file_that_is_wrong(name):
    exercise = EXERCISES[name]
    line = exercise.hints[0].removeprefix("look at this line: ")
    wrong, right = (set(map(str.strip, text.splitlines())) for text in (exercise.stub, solution(exercise.task.source)))
    assert line in wrong - right


def test_the_bugs_to_find_are_those_of_the_museum():
    page = (ROOT / "docs" / "bug-museum.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(.+)\]\(#", page, re.M)
    bugs = [e.bug.museum for e in GROUPS["find the bug"]]
    assert sorted(bugs) == sorted(listed) and len(bugs) == 24


def test_who_finds_a_bug_learns_which_exhibit_it_was():
    _, lines = judge("bug_1", namespace("windows"))
    assert lines[-1] == 'this was "Round the window": docs/bug-museum.md tells what it does to a loss'


def test_all_sizes_of_a_case_differ():
    assert all(len(set(sizes.values())) == len(sizes) for sizes in SIZES)


# What can be said about mistakes that nobody has thought of.


@pytest.mark.parametrize(
    "name, old, new, told",
    [
        ("softmax", "return loss, dlogits", "return loss * N, dlogits", "loss: is N times the right result"),
        (
            "softmax",
            "return loss, dlogits",
            "return loss, dlogits / (T * N)",
            "dlogits: is 1 / (T N) times the right result",
        ),
        (
            "rnn",
            "db += da.sum(axis=0)",
            "db -= da.sum(axis=0)",
            "db: is -1 times (the sign is turned) the right result",
        ),
        ("rnn", "db += da.sum(axis=0)", "db += 3.5 * da.sum(axis=0)", "db: is 3.5 times the right result"),
        ("rnn", "dh_next, dWx, dWh, db", "dh_next, dWx, dWh.T.copy(), db", "dWh: is transposed"),
        ("rnn", "da @ Wh.T", "da @ Wh.T * 1.1", "dx: right at t = 2 (the last step), wrong at the other steps"),
        ("rnn", "da @ Wh.T", "da @ np.sin(Wh).T", "with one time step (T = 1) already wrong: dh0; right: dx"),
        (
            "lstm",
            "dc * i * (1 - g**2)",
            "dc * i * (1 - g**3)",
            "in dWx: the columns of g are wrong, those of i, f, o are right",
        ),
        ("lstm", "dc_next = dc * f", "dc_next = dc * f if t == 0 else dc", "with one time step (T = 1) all is right"),
        ("rnn", "da @ Wx.T)", "da @ Wx.T * np.nan)", "dx: has NaN or infinite numbers"),
        ("rnn", "da @ Wx.T)", "da @ Wx.T * 0)", "dx: is all zeros"),
        ("embedding", "np.add.at(dE, x, dv)", "np.add.at(dE, x, np.sin(dv))", "expected"),
        (
            "softmax",
            "/ (T * N)\n    return",
            "/ 12\n    return",
            "  right for T = 3, N = 4, D = 5, H = 6, V = 7, wrong for T = 4",
        ),
    ],
)
def test_an_unknown_mistake_gets_facts(name, old, new, told):
    solved, lines = verdict(name, (old, new))
    assert not solved and told in lines, lines
    assert "hint" not in lines


def test_two_known_mistakes_at_once_are_told_apart():
    solved, lines = verdict("lstm", ("dc_next = dc * f", "dc_next = dc"), ("dh * o *", "dh *"))
    assert not solved and "hint: two things are wrong. One of them: " in lines


def test_of_a_bug_and_a_new_mistake_the_new_one_is_named():
    name = next(e.name for e in EXERCISES.values() if e.bug and e.bug.museum == "Past the forget gate")
    _, lines = verdict(name, ("dc_next = dc * f", "dc_next = dc"), ("dh * o * (1 - tanh_c**2)", "dh * o"))
    assert lines.endswith("One of them: In dc, the slope of tanh(c[t]) is missing.")


# Cheats, and results of the wrong form.


@pytest.mark.parametrize(
    "name, old, new, told",
    [
        (
            "dropout",
            "    dh = dv * keep / (1 - p)\n",
            "    dv *= keep / (1 - p)\n    dh = dv\n",
            "changes an argument of shape (3, 4, 6)",
        ),
        (
            "lstm",
            "dh = dh_above[t] + dh_next",
            "dh_above[t] += dh_next\n        dh = dh_above[t]",
            "changes an argument of shape (3, 4, 6)",
        ),
        ("windows", "y = text[at + 1]", "y, x = text[at + 1], text", "x has shape (100,); expected (T, N) = (3, 4)"),
        (
            "clip",
            "[g * factor for g in grads]",
            "[g * factor if factor < 1 else g for g in grads]",
            "grads[0] shares its memory with an argument; return a new array, say with .copy()",
        ),
        ("rnn", "dx, dWx,", "assert Wx.shape == (5, 6)\n    dx, dWx,", None),
        ("embedding", "dE = np.zeros((V, dv.shape[2]))", "dE = np.zeros((7, 5))", None),
        (
            "rnn",
            "np.stack(dx), dh_next, dWx",
            "np.stack(dx), dWx",
            "backward returns 4 things; expected dx, dh0, dWx, dWh, db",
        ),
        ("rnn", "    return np.stack(dx)", "    np.stack(dx)", "backward returns NoneType; expected dx, dh0"),
        (
            "rnn",
            "dh_next, dWx,",
            "dh_next.T, dWx,",
            "dh0 has shape (6, 4); expected (N, H) = (4, 6); is it transposed?",
        ),
        ("rnn", "dh_next, dWx,", "dh_next.astype('float32'), dWx,", "dh0 is float32; expected float64"),
        ("rnn", "dh_next, dWx,", "None, dWx,", "dh0 is not an array of real numbers: NoneType"),
        ("rnn", "np.stack(dx), dh_next, dWx", "[dx[0], 1], dh_next, dWx", "dx is not an array but a list of different"),
        ("rnn", "dh_next, dWx,", "'no', dWx,", "dh0 is not an array of real numbers: str"),
    ],
)
def test_a_cheat_or_a_result_of_the_wrong_form_is_one_line(name, old, new, told):
    name = name if name in EXERCISES else TASKS[name].name
    if told is None:
        with pytest.raises(OptionError, match="it ran: is a size written as a number"):
            verdict(name, (old, new))
    else:
        solved, lines = verdict(name, (old, new))
        assert not solved and told in lines and "\n" not in lines and "size" not in lines, lines


def test_a_function_that_remembers_its_last_call_is_refused():
    text = (
        solution("dropout").replace("return dh", "COUNT.append(1)\n    return dh * (len(COUNT) < 5)") + "\nCOUNT = []\n"
    )
    solved, lines = judge("dropout", run(text))
    assert not solved and "keep nothing between calls" in lines[0]


def test_a_list_in_place_of_an_array_is_counted():
    solved, lines = judge("bug_8", run(solution("batches").replace("return np.concatenate(hs)", "return hs")))
    assert not solved and "returns 3 things; expected h" in lines[0]


def test_an_exception_is_one_line_with_the_sizes():
    with pytest.raises(OptionError, match=r"^backward with T = 3, N = 4, D = 5, H = 6, V = 7 raised KeyError: 'x'"):
        verdict("rnn", ("da @ Wh.T", "{}['x']"))


def test_a_file_without_the_function_is_refused():
    with pytest.raises(OptionError, match="there is no backward in the file"):
        judge("rnn", {})


# The larger exercises.


def test_a_cell_that_overwrites_its_gradients_breaks_its_promise():
    solved, lines = verdict(
        "mgu", ('self.grads["b"] += da.sum(axis=0)', 'self.grads["b"] = self.grads["b"] + da.sum(axis=0)')
    )
    assert not solved and "backward overwrites grads['b']; it must add to this array, with +=" in lines


def test_two_optimisers_must_not_share_their_memory():
    text = solution("nesterov").replace("self.s, self.b = np", "Nesterov.s, Nesterov.b = np")
    solved, lines = judge("nesterov", run(text))
    assert not solved and lines == [
        "two optimisers disturb each other: s and b belong to the object (self.s), not to the class or the file"
    ]


def test_a_sum_over_the_steps_that_is_wrong_shows_with_one_step_only():
    solved, lines = verdict("mgu", ('self.grads["Wx"] += x.T @ da', 'self.grads["Wx"] += x.T @ da * (t + 1)'))
    assert not solved and "all is right: look at what step t passes on to step t-1, and at how the steps are" in lines


def test_a_cell_with_forward_only_is_told_that_forward_is_right():
    names = run(solution("mgu") + "\n\ndef backward(*a):\n    raise NotImplementedError\n\n\nMGU.backward = backward\n")
    solved, lines = judge("mgu", names)
    assert not solved and lines[0].endswith("; right: h, state")


# Solutions that are their own reference agree with what the project trains with.


def test_the_solution_of_adam_is_the_adam_of_the_project(rng):
    w, gradients = rng.standard_normal(5), rng.standard_normal((4, 5))
    adam, other = OPTIMIZERS["adam"](5, lr=0.03, beta1=0.8, beta2=0.97, eps=1e-3), w.copy()
    for g in gradients:
        adam.step(other, g)
    task = EXERCISES["adam"].task
    assert np.allclose(task.call(namespace("adam")["step"], w, gradients, 0.03, 0.8, 0.97, 1e-3)[0], other, 1e-12)


def test_the_solution_of_clip_is_the_clip_of_the_project(rng):
    grads = [rng.standard_normal((3, 2)), rng.standard_normal(4)]
    flat = np.concatenate([g.ravel() for g in grads])
    for limit in (0.5, 50.0):
        other = flat.copy()
        clip_norm(other, limit, global_norm(other))
        got = np.concatenate([g.ravel() for g in namespace("clip")["clip"](grads, limit)])
        assert np.allclose(got, other, 1e-12)
        one = namespace("shards")["gradient_of_batch"](np.stack([0.25 * flat, 0.75 * flat]), limit)
        assert np.allclose(one, other, 1e-12)


def test_the_solution_of_both_ways_is_the_reference(rng):
    x, weights = rng.standard_normal((3, 2, 4)), [rng.standard_normal(shape) for shape in ((4, 5), (5, 5)) * 2]
    names = ("forward.Wx", "forward.Wh", "backward.Wx", "backward.Wh")
    zero = np.zeros((2, 5))
    p = dict(zip(names, weights)) | {"forward.b": np.zeros(5), "backward.b": np.zeros(5)}
    hs, _ = run_cell("birnn", p, x, (zero, zero))
    assert np.allclose(namespace("both_ways")["forward"](x, *weights), hs, 1e-12)


def test_a_text_in_batches_is_read_like_the_text_in_one_piece():
    _, (batches, *weights), (h,) = cases("batches", EXERCISES["bug_8"].task.case)[0]
    whole = namespace("batches")["read_batch"](np.concatenate(batches), *weights)[0]
    assert np.allclose(h, whole, 1e-12)


def test_windows_are_the_symbols_and_those_that_follow_them():
    x, y = namespace("windows")["windows"](np.arange(30), np.array([3, 11]), 4)
    assert x.T.tolist() == [[3, 4, 5, 6], [11, 12, 13, 14]] and (y == x + 1).all()
