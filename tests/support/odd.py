"""The parts of the tables of odd inputs: a case, the checks of its result, and the files around it."""

import csv
import math
import os
import pickle
from dataclasses import dataclass, field

SENTENCES = ["The cat sat on a mat.", "Then it saw two birds, and a dog saw it!", "No, said she."]
CATS = "\n".join(SENTENCES[k * k % 7 % 3] for k in range(150)) + "\n"
SMALL = {"--hidden": 8, "--batch-size": 4, "--seq-len": 8, "--threads": 1, "--steps": 3, "--out": "r"}
LENGTHS = {"--epochs", "--minutes", "--steps"}
# Enough memory for all small cases, and far too little for the huge ones.
LITTLE_MEMORY = 'ulimit -v 6000000; exec "$@"'


PLAINLY = 'exec "$@"'


@dataclass
class Case:
    """A script with its arguments, its surroundings, and the expected result.

    With `words`, the script must refuse its input in one line with all of these words. Without `words` it
    must succeed, and `check(result, folder)` asserts its result.

    files     {name: content} to put into the folder: str, bytes, or a function that is given the path
    runs      names of finished runs to copy into the folder
    around    a line of shell that starts the command "$@"
    env       environment variables to set; None removes one
    changes   existing files and folders that a successful case may change
    """

    script: str
    arguments: tuple
    words: tuple = ()
    check: object = None
    files: dict = field(default_factory=dict)
    runs: tuple = ()
    around: str = PLAINLY
    env: dict = field(default_factory=dict)
    changes: tuple = ()
    slow: bool = False

    @property
    def needs_process(self):
        """Whether its limits, streams or environment need a new process."""
        return bool(self.env) or self.around != PLAINLY

    def environment(self):
        return {k: v for k, v in {**os.environ, **self.env}.items() if v is not None}


def training(*arguments, text=("cats.txt",), **more):
    """train.py on a small text with small sizes, and with these arguments in place of its defaults."""
    taken = {*arguments, *(LENGTHS if LENGTHS & {*arguments} else ())}
    small = [x for pair in SMALL.items() if pair[0] not in taken for x in pair]
    more["files"] = {"cats.txt": CATS, **more.get("files", {})}
    return Case("train.py", (*text, *small, *arguments), **{"check": None if "words" in more else learned(), **more})


def reading(content, *arguments, **more):
    """train.py on a text with this content."""
    return training(*arguments, text=("t.txt",), files={"t.txt": content}, **more)


def resuming(*arguments, **more):
    """train.py --resume on a copy of a finished run of cats.txt."""
    return Case("train.py", ("--resume", "--out", "lstm", "--quiet", *arguments), runs=("lstm",), **more)


def sampling(*arguments, run="lstm", **more):
    """sample.py with a copy of a finished run: "lstm", "bigru" or "word"."""
    return Case("sample.py", (run, *arguments), runs=(run,), **more)


# The checks of successful cases.


def learned(steps=3, out="r", says=()):
    """The run in the folder `out` (a name or a pattern) has its files, did `steps` steps, and has finite losses."""

    def check(result, folder):
        place = next(folder.glob(out)) if "*" in out else folder / out
        with open(place / "log.csv", newline="") as file:
            row = list(csv.DictReader(file))[-1]
        assert int(row["step"]) == steps
        assert math.isfinite(float(row["train_loss"])) and float(row["train_loss"]) >= 0
        assert row["val_loss"] == "" or math.isfinite(float(row["val_loss"]))
        with open(place / "last.pkl", "rb") as file:
            assert pickle.load(file)["progress"]["step"] == steps
        assert (place / "loss.png").read_bytes().startswith(b"\x89PNG")
        assert not [p.name for p in place.iterdir() if p.name.endswith(".tmp")]
        for word in says:
            assert word in result.stderr, result.stderr

    return check


def wrote(length=None, exactly=None, among=None):
    """stdout has `length` characters, or is `exactly` this text; all are `among` these characters."""

    def check(result, folder):
        assert length is None or len(result.stdout) == length, result.stdout
        assert exactly is None or result.stdout == exactly
        assert among is None or set(result.stdout) <= set(among), result.stdout

    return check


def scored(symbols):
    """stdout is the table of --score for so many symbols."""

    def check(result, folder):
        rows = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines())
        assert int(rows["symbols"]) == symbols
        assert 0 <= float(rows["nats a symbol"]) < 100 and 0 <= float(rows["accuracy"]) <= 1

    return check


# What a folder can have in place of a plain file.


def link(target):
    return lambda path: path.symlink_to(target)


def part_of(name, start, stop=None):
    """A slice of another file in the folder."""
    return lambda path: path.write_bytes((path.parent / name).read_bytes()[start:stop])


def folder_of(**files):
    """A folder with these files. "_" in a name means a dot."""

    def make(path):
        path.mkdir()
        for name, content in files.items():
            put(path / name.replace("_", "."), content)

    return make


def put(path, content):
    if callable(content):
        content(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
