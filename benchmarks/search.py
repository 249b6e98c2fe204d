#!/usr/bin/env python3
"""What a search with python -m minrnn.tune is worth: how two processes share it, and how much better its best is.

    python benchmarks/search.py shakespeare.txt

Part "speed": one process, then two, search for --seconds each, with one thread a process; the ratio of their trials,
and of the symbols that they learned from (trials that are stopped early differ in length). Part "gain": two processes
search --minutes for an LSTM on the first --size characters of the text. The last tenth of these is kept away from them.
There, the best setting and the default are compared, both trained anew as long as a trial.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from data import Text
from minrnn.tune.journal import JOURNAL, journal
from minrnn.tune.study import counted, load_optuna

ROOT = Path(__file__).parents[1]
SPEED = ["--space", "lr=log:1e-3:1e-2", "--space", "dropout=0:0.5", "--hidden", "128", "--eval-every", "20"]
GAIN = ["--space", "lr=log:1e-3:3e-2", "--space", "dropout=0:0.6", "--space", "hidden=128,192,256,384",
        "--space", "layers=1,2", "--space", "batch-size=16,32,64", "--space", "weight-decay=log:0.01:1",
        "--eval-every", "50", "--test-share", "0.1"]  # fmt: skip
ENDLESS = 100_000


def tune(text, study, trials, *more):
    """A process that searches with one thread."""
    command = [sys.executable, "-m", "minrnn.tune", text, "--study", study, "--trials", trials, "--threads", 1, *more]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True)


def ended(process):
    """What the process has printed, once it is over; ends this program if it has failed."""
    printed, _ = process.communicate()
    if process.returncode not in (0, 128 + signal.SIGINT):
        sys.exit(f"a search ended with status {process.returncode}")
    return printed


def search_for(seconds, processes, text, study, *more):
    """Searches with several processes at once, then stops them; (trials that are over, symbols of all trials)."""
    started = [tune(text, study, ENDLESS, *more) for _ in range(processes)]
    time.sleep(seconds)
    for process in started:
        process.send_signal(signal.SIGINT)
    for process in started:
        ended(process)
    found = load_optuna().load_study(study_name=study.name, storage=journal(study / JOURNAL))
    results = [json.loads(path.read_text()) for path in study.glob("trial-*/result.json")]
    return len(counted(found)), sum(result["symbols"] for result in results)


def speed(o, text, folder):
    more = [*SPEED, "--steps", o.steps]
    ended(tune(text, folder / "warm-up", 1, *more))  # It compiles the kernels.
    done = {n: search_for(o.seconds, n, text, folder / f"speed-{n}", *more) for n in (1, 2)}
    print(f"{'processes':>10}{'trials':>10}{'symbols':>14}")
    for n, (trials, symbols) in done.items():
        print(f"{n:>10}{trials:>10}{symbols:>14,}")
    ratios = [two / one if one else float("nan") for one, two in zip(*done.values())]
    print(f"{'ratio':>10}{ratios[0]:>10.2f}{ratios[1]:>14.2f}    goal: 1.8", flush=True)


def gain(o, text, folder):
    study, more = folder / "gain", [*GAIN, "--minutes", o.trial_minutes]
    trials, _ = search_for(60 * o.minutes, 2, text, study, *more)
    print(f"{trials} trials in {o.minutes:g} minutes; goal: at least 0.02 nats better", flush=True)
    print(ended(tune(text, study, max(1, trials), *more)), flush=True)


PARTS = {"speed": speed, "gain": gain}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text", metavar="TEXT", help="a file or a corpus, from whose beginning the text is cut")
    p.add_argument("--size", type=int, default=200_000, help="characters of the text (default 200000)")
    p.add_argument("--only", choices=PARTS, action="append", help="only this part")
    p.add_argument("--seconds", type=float, default=180, help="speed: length of each search (default 180)")
    p.add_argument("--steps", type=int, default=200, help="speed: length of a trial (default 200)")
    p.add_argument("--minutes", type=float, default=30, help="gain: length of the search (default 30)")
    p.add_argument("--trial-minutes", type=float, default=1, help="gain: length of a trial (default 1)")
    p.add_argument("--keep", type=Path, metavar="DIR", help="keep the studies in this new folder")
    o = p.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A program in the background may have begun without it.
    source = Text([o.text])
    content = "".join(piece for path in source.files for piece in source.pieces(path))[: o.size]
    with tempfile.TemporaryDirectory(prefix="minrnn-") as folder:
        folder = o.keep or Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = folder / "cut.txt"
        text.write_text(content, encoding="utf-8", newline="\n")
        for name in o.only or PARTS:
            PARTS[name](o, text, folder)


if __name__ == "__main__":
    main()
