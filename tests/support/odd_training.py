"""Odd options of train.py."""

from odd import LITTLE_MEMORY, learned, reading, resuming, training

HUGE = 10**9


def kept(*names):
    """A run that has kept these checkpoints."""

    def check(result, folder):
        learned()(result, folder)
        assert sorted(p.name for p in (folder / "r").glob("step-*")) == [f"step-{n:08}.pkl" for n in names]

    return check


OPTIONS = {
    # Sizes.
    "one unit": training("--hidden", 1),
    "one unit, normalised": training("--hidden", 1, "--cell", "lnlstm"),
    "twenty layers": training("--layers", 20, check=learned(says=["lstm 20 x 8"])),
    "one time step from both sides": training("--seq-len", 1, "--batch-size", 1, "--cell", "bilstm"),
    "sequences longer than any text": training("--seq-len", HUGE, check=learned(says=["the text cannot fill"])),
    "endless rows longer than the text": training("--seq-len", HUGE, "--carry", "endless"),
    "more rows than the text has": training("--batch-size", HUGE, check=learned(says=["the text cannot fill"])),
    "a million million units": training("--hidden", HUGE, words=["memory", "--hidden"], around=LITTLE_MEMORY),
    "very many transforms": training(
        "--cell", "mixgru", "--transforms", HUGE, words=["memory", "--transforms"], around=LITTLE_MEMORY
    ),
    "more units than the type takes": training("--hidden", HUGE + 1, words=["--hidden", "1000000001", "1000000000"]),
    # Optimisation.
    "a huge rate": training("--lr", 1e12, "--steps", 1, check=learned(1)),
    "a tiny rate": training("--lr", 1e-12),
    "a rate beyond the type": training("--lr", 1e13, words=["--lr", "10000000000000.0", "1e+12"]),
    "a tiny norm": training("--clip-norm", 1e-30),
    "nearly all dropped": training("--dropout", 0.999, "--layers", 2),
    "means that never move": training("--beta1", 1 - 1e-12, "--beta2", 1 - 1e-12),
    "a rate that falls to nothing": training(
        "--schedule", "staircase", "--decay", 1e-12, "--decay-every", 1, "--steps", 40, check=learned(40)
    ),
    "a forget bias as a negative power": training("--forget-bias", "-1e3"),
    "tiny initial weights": training("--init", "normal:1e-30"),
    # Lengths.
    "a trace of an epoch": training("--epochs", 1e-12, check=learned(1)),
    "a trace of a minute": training("--minutes", 1e-12, check=learned(1)),
    "a number in hexadecimal": training("--steps", "0x10", words=["--steps", "0x10", "whole number"]),
    "a number of 5,000 digits": training("--steps", "9" * 5000, words=["--steps", "whole number"]),
    # Machines.
    "five hundred threads": training("--threads", 500),
    "a billion threads": training("--threads", HUGE, "--shards", 4),
    "a seed of nothing": training("--seed", 0),
    "a seed of a billion": training("--seed", HUGE),
    # Reports.
    "a billion checkpoints kept": training("--keep", HUGE, "--eval-every", 1, check=kept(1, 2, 3)),
    # What is held out.
    "a trace held out": training("--val", 1e-12, words=["--val", "hold"]),
    "one symbol held out": training("--val-first", 1, words=["--val-first", "hold"]),
    "an empty file held out": training(
        "--val-files", 1, text=("cats.txt", "z.txt"), files={"z.txt": ""}, words=["--val-files 1", "empty"]
    ),
    "two symbols learned": reading("ab", "--val", 0),
    "a vocabulary of two words": training("--vocab-size", 2, "--level", "word", check=learned(says=["2 different"])),
    "a vocabulary of one": training("--vocab-size", 1, words=["--vocab-size", "2 or more"]),
    # Resuming.
    "resume as words": resuming("--level", "word", words=["--level word contradicts", "char"]),
    "resume as another cell": resuming("--cell", "gru", words=["--cell gru contradicts", "lstm"]),
    "resume with fewer steps than done": resuming(
        "--steps", 2, check=learned(4, "lstm", ["over at step 4", "--steps"])
    ),
    "resume on a changed text": resuming(
        files={"cats.txt": "Another text.\n" * 50}, words=["cats.txt", "not the text this run began with"]
    ),
    "resume on a text that is gone": resuming(
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
    "resume with a folder for a log": resuming(
        "--steps", 6, files={"lstm/log.csv": lambda path: (path.unlink(), path.mkdir())}, words=["log.csv"]
    ),
}  # fmt: skip
