"""Small runs of train.py that several tests need."""

import subprocess
import time

from programs import command_line

TINY = ("--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--threads", 1)


def steps_logged(folder):
    return [int(line.split(",")[0]) for line in (folder / "log.csv").read_text().splitlines()[1:]]


def start_training(text_file, folder):
    """Starts a long run, waits for two rows in its log, and returns its process."""
    command = command_line("train.py", [text_file, "--out", folder, *TINY, "--steps", 1_000_000])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (folder / "log.csv").exists() or len((folder / "log.csv").read_text().splitlines()) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return process
