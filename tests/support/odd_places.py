"""Odd names, folders, streams and surroundings for train.py."""

from odd import CATS, Case, folder_of, learned, link, resuming, training

LONG = "n" * 500


def named(name, *arguments, **more):
    """Training on a file of this name."""
    return training(*arguments, text=(name,), files={name.removeprefix("./"): CATS}, **more)


def placed(out, **more):
    """Training into this folder."""
    return training("--out", out, **{**({} if "words" in more else {"check": learned(out=out)}), **more})


def by_itself(name, folder):
    """Training on a file of this name, with no --out: the run is in this folder."""
    case = named(name, check=learned(out=f"runs/{folder}"))
    at = case.arguments.index("--out")
    case.arguments = case.arguments[:at] + case.arguments[at + 2 :]
    return case


def quietly(out="r"):
    """The check of a run that prints nothing."""

    def check(result, folder):
        learned(out=out)(result, folder)
        assert (result.stdout, result.stderr) == ("", "")

    return check


def helped(result, folder):
    assert result.stderr == ""


FOREIGN = {"d": folder_of(notes_txt="mine", sub=folder_of(a_pkl=b"mine too"))}

PLACES = {
    # Names of texts.
    "a text with a line end in its name": named("one\ntwo.txt"),
    "a text with emoji in its name": by_itself("🐈🐈.txt", "text-lstm"),
    "a text with a name that is not UTF-8": by_itself("caf\udce9.txt", "caf-lstm"),
    "a text with brackets in its name": named("a[1]*?.txt", "--sample-style", "rows"),
    "a text with a dash before its name": named("./-cats.txt"),
    "a text that looks like an option": training(
        text=("-cats.txt",), files={"-cats.txt": CATS}, words=["-cats.txt", "--help"]
    ),
    "a text with the longest possible name": by_itself("n" * 251 + ".txt", "n*"),
    "a text with too long a name": training(text=(LONG,), words=["nnn", "too long"]),
    "a missing text with a line end in its name": training(text=("no\nwhere",), words=["where", "does not exist"]),
    "a glob with a line end": training(text=("no*\nwhere",), words=["where", "pattern"]),
    "an option with a line end": training("--col\nour", words=["our", "--help"]),
    "a preset with a line end": training("--preset", "no\nwhere", words=["where", "anna-lstm"]),
    # Folders of runs.
    "out with emoji, quietly": training("--out", "🐈", "--quiet", check=quietly("🐈")),
    "out that Matplotlib could take for a formula": placed("$x_$"),
    "out with a line end": placed("a\nb"),
    "out with a name that is not UTF-8": placed("caf\udce9"),
    "out that begins with a dash": Case(
        "train.py", ("cats.txt", "--out=-x", "--steps", 3, "--hidden", 8), files={"cats.txt": CATS},
        check=learned(out="-x"),
    ),
    "out that is too long": placed(LONG, words=["nnn", "too long", "--out"]),
    "out is the empty string": placed("", words=["--out", "empty"]),
    "out with a line end, below a file": placed("cats.txt/a\nb", words=["cats.txt/", "--out"]),
    "out is the current folder": placed("."),
    "out is a folder with other files": placed("d", files=FOREIGN),
    "out is a folder with a log of its own": placed(
        "d", files={"d": folder_of(log_csv="mine")}, words=["d holds a run already", "--out"]
    ),
    "out is a link to nothing": placed("l", files={"l": link("nowhere")}, words=["cannot write into l", "--out"]),
    "out is a link to itself": placed("l", files={"l": link("l")}, words=["cannot write into l", "--out"]),
    "out is a device": placed("/dev/full", words=["cannot write into /dev/full", "--out"]),
    "out is where no folder can be made": placed("/proc/x", words=["cannot write into /proc/x", "--out"]),
    "resume a run that is not there": Case(
        "train.py", ("--resume", "--out", "no\nwhere"), words=["no run in", "where", "--out"]
    ),
    "resume with a name that is too long": Case(
        "train.py", ("--resume", "--out", LONG), words=["no run in", "nnn", "--out"]
    ),
    # Streams.
    "nothing on standard input": training(around='exec "$@" <&-'),
    "standard output is full": training(around='exec "$@" > /dev/full'),
    "standard error is full": training(around='exec "$@" 2> /dev/full'),
    "nobody reads standard error": training(around='set -o pipefail; "$@" 2>&1 >/dev/null | true'),
    "nobody reads standard output or standard error": training(
        "--steps", 300, "--sample-every", 20,
        around='set -o pipefail; "$@" 2>&1 | head -1', check=learned(300),
    ),
    "the presets to a reader that has gone": Case(
        "train.py", ("--list-presets",), around='set -o pipefail; "$@" | true', check=helped
    ),
    "help to a reader that has gone": Case(
        "train.py", ("--help",), around='set -o pipefail; "$@" | true', check=helped
    ),
    # Surroundings.
    "a current folder that was removed": training(
        text=("python",), around='mkdir gone; cd gone; rmdir ../gone; exec "$@"', words=["the current folder is gone"]
    ),
    "no HOME and no TERM": training("--quiet", env={"HOME": None, "TERM": None}, check=quietly()),
    "HOME is a device": training("--quiet", env={"HOME": "/dev/null", "MPLCONFIGDIR": None}, check=quietly()),
    "the C locale": named("Zoë.txt", env={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": None}),
    "output in ASCII": named("Zoë.txt", "--sample-style", "rows", env={"PYTHONIOENCODING": "ascii"}),
    "few open files": training(around='ulimit -n 24; exec "$@"'),
    "warnings as errors": training(env={"PYTHONWARNINGS": "error"}),
    "a quiet resume with full standard output": resuming(
        "--steps", 6, around='exec "$@" > /dev/full 2>&1', check=learned(6, "lstm"), changes=("lstm",)
    ),
}  # fmt: skip
