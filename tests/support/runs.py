"""Small runs of train.py that several tests need."""

import subprocess
import sys
import time

from conftest import ROOT

TINY = ("--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--threads", 1)


def steps_logged(folder):
    return [int(line.split(",")[0]) for line in (folder / "log.csv").read_text().splitlines()[1:]]


def start_training(text_file, folder):
    """A long run, begun; returns when its first checkpoint is there."""
    command = [sys.executable, ROOT / "train.py", text_file, "--out", folder, *map(str, TINY), "--steps", "1000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (folder / "log.csv").exists() or len((folder / "log.csv").read_text().splitlines()) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return process
