#!/usr/bin/env python3
"""Start-up: seconds to the first character and to the first step. It shows that only the first start compiles.

    pip install torch==2.13.0
    python benchmarks/startup.py

Everything is measured from outside, on whole processes that take turns; the numbers are medians. A first
start has an empty folder for Numba's cache. A second start has the folder that the first start has filled.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from memory import write_text

ROOT = Path(__file__).parents[1]
TRAIN = "--layers 2 --hidden 128 --quiet"
SAMPLE = "--length 100 --seed 0"
TORCH = "import torch; print(torch.__version__, flush=True)"

# Runs a script and prints on stderr how many functions Numba compiled. Those found in the cache do not count.
COUNTING = """
import runpy, sys
from numba.core.event import install_recorder
del sys.argv[0]
with install_recorder("numba:compile") as compiled:
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        print(sum(event.is_start for _, event in compiled.buffer), file=sys.stderr)
"""


def until_output(*command):
    """Seconds from the start of a Python process to the first character on its stdout."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as child:
        first = child.stdout.read(1)
        seconds = time.perf_counter() - began
        while child.stdout.read(1000):
            pass
    return seconds if first else sys.exit(f"{command[0]} wrote nothing")


def until_first_step(text, folder):
    """Seconds from the start of train.py until log.csv has the row of the first step."""
    log = folder / "log.csv"
    command = ["train.py", text, *TRAIN.split(), "--steps", "1000", "--log-every", "1", "--out", folder]
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *command], cwd=ROOT) as child:
        while not log.exists() or log.read_bytes().count(b"\n") < 2:
            if child.poll() is not None:
                sys.exit("train.py ended before its first step")
            time.sleep(0.001)
        seconds = time.perf_counter() - began
        child.kill()
    return seconds


def whole(cache, *command):
    """(seconds that a script takes from start to end, number of functions compiled)."""
    began = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", COUNTING, *command], cwd=ROOT, env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    return (seconds, int(child.stderr.split()[-1])) if child.returncode == 0 else sys.exit(child.stderr)


def measure(rounds, folder):
    """{what: seconds in each round}, {what: functions compiled in each round}."""
    text, model = folder / "text.txt", folder / "model"
    write_text(text, 1e6)
    train = ["train.py", text, *TRAIN.split()]
    sample = ["sample.py", model / "best.pkl", *SAMPLE.split()]
    subprocess.run([sys.executable, *train, "--steps", "20", "--out", model], cwd=ROOT, check=True)
    until_output(*sample)
    seconds, compiled = defaultdict(list), defaultdict(list)
    for k in range(rounds):
        seconds["character"].append(until_output(*sample))
        seconds["step"].append(until_first_step(text, folder / f"step-{k}"))
        if find_spec("torch"):
            seconds["torch"].append(until_output("-c", TORCH))
        for name, command in ("train.py", [*train, "--steps", "1"]), ("sample.py", sample):
            cache = folder / f"cache-{name}-{k}"
            for start in "first", "second":
                out = ["--out", folder / f"{start}-{k}"] if name == "train.py" else []
                time_taken, functions = whole(cache, *command, *out)
                seconds[name, start].append(time_taken)
                compiled[name, start].append(functions)
    return seconds, compiled


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds, compiled = measure(o.rounds, Path(folder))
    took = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"LSTM 2 x 128, a text of 1 MB; median seconds of {o.rounds} starts")
    show("sample.py, to its first character", took["character"], "goal: at most 1.0")
    if "torch" in took:
        share = took["character"] / took["torch"]
        show("import torch", took["torch"], f"sample.py: {share:.2f} of it, goal: under 0.5")
    show("train.py, to the end of its first step", took["step"], "goal: at most 1.5")
    for name, what in ("train.py", "train.py --steps 1"), ("sample.py", "sample.py --length 100"):
        for start, goal in ("first", "at most 15 s"), ("second", "0 compiled"):
            functions = max(compiled[name, start])
            show(f"{what}, {start} start", took[name, start], f"{functions} functions compiled, goal: {goal}")
        show("    compiling alone", took[name, "first"] - took[name, "second"], "")


def show(what, seconds, remark):
    print(f"{what:<42}{seconds:>6.2f}    {remark}".rstrip())


if __name__ == "__main__":
    main()
