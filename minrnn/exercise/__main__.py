"""Exercises: write an equation of a backward pass, find a bug, write a cell; a judge says what is wrong.

Without NAME: the list, with what is open, tried and solved. With NAME: writes the file NAME.py to work in.
Exit status of --check: 0 if it is solved, 1 if not yet, 2 if the file cannot be run.
"""

import sys
from pathlib import Path

from ..system.command import Parser, did_you_mean, run_script
from ..system.errors import OptionError
from .score import FILE, Score

PROGRAM = "python -m minrnn.exercise"


def main() -> int:
    p = parser()
    o = p.parse_args()
    if o.name is None:
        if o.check is not None or o.hint:
            p.error("--check and --hint are for one exercise; give its NAME first")
        print(listing(Score(Path(o.score))))
        return 0

    from .exercises import EXERCISES

    name = o.name.lower().removesuffix(".py").replace("-", "_")
    if name not in EXERCISES:
        raise OptionError(f"there is no exercise {o.name!r}{did_you_mean(name, EXERCISES)}; {PROGRAM} lists them")
    exercise, file = EXERCISES[name], Path(o.check or f"{name}.py")
    if o.check is None and not o.hint:
        return begin(exercise, file)
    score = Score(Path(o.score))
    status = check(name, file, score) if o.check is not None else 0
    if o.hint and not (status == 0 and o.check is not None):
        print(f"hint: {exercise.hints[score.next_hint(name, len(exercise.hints))]}")
    elif status == 1:
        print(f"more help: {PROGRAM} {name} --hint")
    return status


def parser() -> Parser:
    """The parser of all options."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument
    o("name", nargs="?", metavar="NAME", help="an exercise of the list")
    o("--check", nargs="?", const="", metavar="FILE", help="judge what is written in FILE (default NAME.py)")
    o("--hint", action="store_true", help="a hint; given again, a larger one")
    o("--score", default=FILE, metavar="FILE", help=f"where the score is kept (default {FILE})")
    return p


def listing(score: Score) -> str:
    """All exercises with their states."""
    from .exercises import EXERCISES, GROUPS

    lines = []
    for group, exercises in GROUPS.items():
        lines += [f"{group}:", *(f"  {score.state(e.name):7} {e.name:12} {e.title}" for e in exercises), ""]
    solved = sum(score.state(name) == "solved" for name in EXERCISES)
    return "\n".join([*lines, f"{solved} of {len(EXERCISES)} solved; {PROGRAM} NAME begins one"])


def begin(exercise, file: Path) -> int:
    """Writes the file to work in, and prints the task."""
    try:
        with open(file, "x", encoding="utf-8", newline="\n") as stub:
            stub.write(exercise.stub)
    except FileExistsError:
        raise OptionError(f"{file} exists and is left as it is; judge it with --check, or move it away") from None
    print(f"{exercise.text}\n\nwritten: {file}")
    return 0


def check(name: str, file: Path, score: Score) -> int:
    """Judges the file and prints what was found; the exit status."""
    from .run import judge_file

    verdict = judge_file(name, file)
    if not verdict.untouched:
        score.record(name, verdict.solved)
    print("\n".join([f"{name}: {'solved' if verdict.solved else 'not solved yet'}", *verdict.lines]))
    return 0 if verdict.solved else 1


if __name__ == "__main__":
    sys.argv[0] = PROGRAM  # How help and errors name this command.
    run_script(main)
