"""Odd options, prompts, checkpoints and texts to score for sample.py."""

import os

from odd import CATS, LITTLE_MEMORY, Case, folder_of, link, part_of, sampling, scored, wrote

HUGE = 10**9
KNOWN = set(CATS)
LONG = "n" * 500
UNKNOWN = "symbols this model knows"


def scoring(content, *arguments, **more):
    return sampling("--score", "t.txt", *arguments, files={"t.txt": content}, **more)


def model(path, **more):
    """sample.py with another path than that of a run."""
    return Case("sample.py", (path, "--length", 5), runs=("lstm",), **more)


def first_bytes(count):
    def check(result, folder):
        assert len(result.stdout) == count and result.stderr == ""

    return check


SAMPLES = {
    # Choosing.
    "the lowest temperature": sampling("--temperature", 1e-12, "--length", 9, check=wrote(9, among=KNOWN)),
    "the highest temperature": sampling("--temperature", 1e12, "--length", 9, check=wrote(9, among=KNOWN)),
    "a temperature below the limit": sampling("--temperature", 1e-13, words=["--temperature", "1e-13", "1e-12"]),
    "a --top-k above the vocabulary size": sampling("--top-k", HUGE, "--length", 9, check=wrote(9, among=KNOWN)),
    "a tiny --top-p": sampling("--top-p", 1e-12, "--length", 9, check=wrote(9, among=KNOWN)),
    "--greedy with --temperature at its default": sampling(
        "--greedy", "--temperature", 1, words=["--greedy", "--temperature"]
    ),
    # Lengths.
    "greedy and endless": sampling(
        "--length", 0, "--greedy", around='set -o pipefail; "$@" | head -c 99', check=first_bytes(99)
    ),
    "a thousand samples of one symbol": sampling("--num", 1000, "--length", 1, check=wrote(1999, among=KNOWN)),
    "many samples of one symbol with --random-start": sampling(
        "--random-start", "--length", 1, "--num", 20, check=wrote(39)
    ),
    "one symbol of a bidirectional model with --random-start": sampling(
        "--random-start", "--length", 1, run="bigru", check=wrote(1)
    ),
    "a billion samples": sampling("--num", HUGE, "--length", 1, words=["memory", "--num"], around=LITTLE_MEMORY),
    "a --length above the limit": sampling("--length", HUGE + 1, words=["--length", "1000000001", "1000000000"]),
    # Prompts.
    "a prompt longer than the text": sampling(
        "--prime", CATS * 5, "--length", 9, check=wrote(9, among=KNOWN)
    ),
    "a stop that never comes": sampling("--stop", "a" * 999, "--length", 9, check=wrote(9)),
    "a prompt with a carriage return": sampling("--prime", "The\r\ncat", words=["'\\r'", UNKNOWN]),
    "a prompt with an invalid byte": sampling("--prime", "\udcff", words=["\\udcff", UNKNOWN]),
    "a prompt with a combining character": sampling("--prime", "cat\u0301", words=["\u0301", UNKNOWN]),
    "an unknown word": sampling("--prime", "xyzzy\n", run="word", words=["'xyzzy'", UNKNOWN]),
    "a word with a line end inside": sampling("--prime", "The \n\n\t cat", run="word", words=[UNKNOWN]),
    "a --fill of blanks only": sampling("--fill", "_" * 50, "--sweeps", 0, run="bigru", check=wrote(50, among=KNOWN)),
    "a --fill with an unknown backslash": sampling("--fill", "a \\_", run="bigru", words=["_"]),
    "--fill with --length at its default": sampling(
        "--fill", "t_", "--length", 500, run="bigru", words=["--fill", "leave out --length"]
    ),
    # Files that are no models.
    "log.csv as the model": model("lstm/log.csv", words=["lstm/log.csv is not a minrnn checkpoint", "train.py"]),
    "loss.png as the model": model("lstm/loss.png", words=["lstm/loss.png is not a minrnn checkpoint", "train.py"]),
    "a folder of runs": model(".", words=["folder without a run", "train.py"]),
    "an empty file": model("t", files={"t": ""}, words=["t is not a minrnn checkpoint", "train.py"]),
    "half a checkpoint": model(
        "t", files={"t": part_of("lstm/last.pkl", 0, -99)}, words=["t is not a minrnn checkpoint", "cut short"]
    ),
    "a checkpoint without its first byte": model(
        "t", files={"t": part_of("lstm/last.pkl", 1)}, words=["t is damaged", "another checkpoint"]
    ),
    "an empty name": model("", words=["MODEL", "empty"]),
    "a missing model with a line end in its name": model("no\nwhere", words=["where", "train.py"]),
    "a model with a name that is too long": model(LONG, words=["nnn", "too long", "train.py"]),
    "a model below a file": model("lstm/log.csv/x", words=["lstm/log.csv/x cannot be read", "train.py"]),
    "a link to nothing": model("l", files={"l": link("nowhere")}, words=["l cannot be read", "train.py"]),
    "a link to itself": model("l", files={"l": link("l")}, words=["l cannot be read", "train.py"]),
    "a link to a run": model("l", files={"l": link("lstm")}, check=wrote(5)),
    "a kept checkpoint in a folder of emoji": model(
        "🐈 🐈/s.pkl", files={"🐈 🐈": folder_of(), "🐈 🐈/s.pkl": link("../lstm/step-00000004.pkl")}, check=wrote(5)
    ),
    "a run without last.pkl": model("lstm", files={"lstm/last.pkl": os.unlink}, check=wrote(5)),
    # Texts to score.
    "a score of an empty text": scoring("", words=["t.txt is empty", "give"]),
    "a score of an unknown symbol": scoring("The 🐈.", words=["'🐈'", UNKNOWN]),
    "a score of one symbol by a bidirectional model": scoring("T", run="bigru", check=scored(1)),
    "a score of a folder": sampling("--score", "d", files={"d": folder_of(a_txt="The cat")}, check=scored(7)),
    "a score of a pipe": sampling("--score", "p", files={"p": os.mkfifo}, words=["p is not a regular file"]),
    "--score with --length at its default": scoring("T", "--length", 500, words=["--score", "leave out --length"]),
    # Streams and surroundings.
    "standard output is closed": sampling("--length", 9, around='exec "$@" >&-', check=wrote(0)),
    "standard output is full": sampling("--length", 9, around='exec "$@" > /dev/full', words=["output", "space"]),
    "standard error is full": sampling("--length", 9, around='exec "$@" 2> /dev/full', check=wrote(9)),
    "nobody reads standard error": sampling(
        "--num", 3, "--length", 9, around='"$@" 2> >(exec true)', check=wrote(29)
    ),
    "help to a reader that has gone": Case(
        "sample.py", ("--help",), around='set -o pipefail; "$@" | true', check=wrote(0)
    ),
    "a current folder that was removed": sampling(
        around='mkdir gone; cd gone; rmdir ../gone; exec "$@"', words=["the current folder is gone"]
    ),
    "no home, no terminal, and C": sampling(
        "--length", 9, env={"HOME": None, "TERM": None, "LC_ALL": "C"}, check=wrote(9)
    ),
    "an unknown emoji in ASCII": sampling(
        "--prime", "🐈", env={"PYTHONIOENCODING": "ascii"}, words=["\\U0001f408", UNKNOWN]
    ),
}  # fmt: skip
