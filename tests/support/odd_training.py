"""Odd options of train.py."""

from odd import LITTLE_MEMORY, learned, reading, resuming, training

HUGE = 10**9


def kept(*names):
    """The check that a run has these checkpoints step-N.pkl."""

    def check(result, folder):
        learned()(result, folder)
        assert sorted(p.name for p in (folder / "r").glob("step-*")) == [f"step-{n:08}.pkl" for n in names]

    return check


OPTIONS = {
    # Sizes.
    "one unit": training("--hidden", 1),
    "one unit, normalised": training("--hidden", 1, "--cell", "lnlstm"),
    "twenty layers": training("--layers", 20, check=learned(says=["lstm 20 x 8"])),
    "one time step, bidirectional": training("--seq-len", 1, "--batch-size", 1, "--cell", "bilstm"),
    "sequences longer than any text": training("--seq-len", HUGE, check=learned(says=["the text cannot fill"])),
    "--carry endless with rows longer than the text": training("--seq-len", HUGE, "--carry", "endless"),
    "more rows than the text has": training("--batch-size", HUGE, check=learned(says=["the text cannot fill"])),
    "a billion units": training("--hidden", HUGE, words=["memory", "--hidden"], around=LITTLE_MEMORY),
    "very many transforms": training(
        "--cell", "mixgru", "--transforms", HUGE, words=["memory", "--transforms"], around=LITTLE_MEMORY
    ),
    "a very high rank": training(
        "--cell", "mogrifier", "--rank", HUGE, words=["memory", "--rank"], around=LITTLE_MEMORY
    ),
    "more units than --hidden allows": training("--hidden", HUGE + 1, words=["--hidden", "1000000001", "1000000000"]),
    # Optimisation.
    "a huge learning rate": training("--lr", 1e12, "--steps", 1, check=learned(1)),
    "a tiny learning rate": training("--lr", 1e-12),
    "a learning rate above the limit": training("--lr", 1e13, words=["--lr", "10000000000000.0", "1e+12"]),
    "a tiny --clip-norm": training("--clip-norm", 1e-30),
    "a dropout near 1": training("--dropout", 0.999, "--layers", 2),
    "beta1 and beta2 near 1": training("--beta1", 1 - 1e-12, "--beta2", 1 - 1e-12),
    "a learning rate that decays to zero": training(
        "--schedule", "staircase", "--decay", 1e-12, "--decay-every", 1, "--steps", 40, check=learned(40)
    ),
    "a forget bias written as -1e3": training("--forget-bias", "-1e3"),
    "tiny initial weights": training("--init", "normal:1e-30"),
    # Lengths.
    "a tiny part of an epoch": training("--epochs", 1e-12, check=learned(1)),
    "a tiny part of a minute": training("--minutes", 1e-12, check=learned(1)),
    "a number in hexadecimal": training("--steps", "0x10", words=["--steps", "0x10", "whole number"]),
    "a number of 5,000 digits": training("--steps", "9" * 5000, words=["--steps", "whole number"]),
    # Machines.
    "five hundred threads": training("--threads", 500),
    "a billion threads": training("--threads", HUGE, "--shards", 4),
    "seed 0": training("--seed", 0),
    "seed 1000000000": training("--seed", HUGE),
    # Reports.
    "a billion checkpoints kept": training("--keep", HUGE, "--eval-every", 1, check=kept(1, 2, 3)),
    # What is held out.
    "a tiny share held out": training("--val", 1e-12, words=["--val", "hold"]),
    "one symbol held out": training("--val-first", 1, words=["--val-first", "hold"]),
    "an empty file held out": training(
        "--val-files", 1, text=("cats.txt", "z.txt"), files={"z.txt": ""}, words=["--val-files 1", "empty"]
    ),
    "a text of two symbols": reading("ab", "--val", 0),
    "a vocabulary of two words": training("--vocab-size", 2, "--level", "word", check=learned(says=["2 different"])),
    "a vocabulary of one": training("--vocab-size", 1, words=["--vocab-size", "2 or more"]),
    # Resuming.
    "resume with another level": resuming("--level", "word", words=["--level word contradicts", "char"]),
    "resume with another cell": resuming("--cell", "gru", words=["--cell gru contradicts", "lstm"]),
    "resume with fewer steps than done": resuming(
        "--steps", 2, check=learned(4, "lstm", ["over at step 4", "--steps"])
    ),
    "resume on a changed text": resuming(
        files={"cats.txt": "Another text.\n" * 50}, words=["cats.txt", "not the text this run began with"]
    ),
    "resume when the text file is missing": resuming(
        files={"cats.txt": lambda path: path.unlink()}, words=["cats.txt does not exist", "text named again"]
    ),
    "resume on the text under another name": resuming(
        "--steps", 6, "moved.txt",
        files={"moved.txt": lambda path: (path.parent / "cats.txt").rename(path)},
        check=learned(6, "lstm"), changes=("lstm",),
    ),
    "resume from half a checkpoint": resuming(
        files={"lstm/last.pkl": lambda path: path.write_bytes(path.read_bytes()[:999])}, words=["lstm/last.pkl", "cut"]
    ),
    "resume when log.csv is a folder": resuming(
        "--steps", 6, files={"lstm/log.csv": lambda path: (path.unlink(), path.mkdir())}, words=["log.csv"]
    ),
}  # fmt: skip
