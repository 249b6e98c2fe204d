"""What all tests share."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]

# Behind & or nohup signals are ignored, and would be by what the tests start.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    number = getattr(signal, name, None)
    if number and signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture
def rng():
    """A generator that gives each test the same numbers every time."""
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def text_file(tmp_path_factory):
    """A small text with something to learn in it: 6,000 characters of made-up sentences."""
    rnd = random.Random(7)
    words = "the cat sat on a mat and then it saw two birds".split()
    lines = [" ".join(rnd.choices(words, k=rnd.randint(3, 7))).capitalize() + "." for _ in range(400)]
    path = tmp_path_factory.mktemp("text") / "cats.txt"
    path.write_text("\n".join(lines)[:6000])
    return path


@pytest.fixture
def script(tmp_path):
    """Runs train.py or sample.py in an empty folder, as a user would: script("train.py", "--steps", 3)."""

    def run(name, *arguments, **settings):
        command = [sys.executable, str(ROOT / name), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, **settings)

    return run


def assert_refused(result, *words):
    """Exit status 2, one line on stderr with these words in it, nothing on stdout, no traceback."""
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.fixture(scope="session")
def trained(text_file, tmp_path_factory):
    """The folder of a small finished run."""
    folder = tmp_path_factory.mktemp("runs") / "cats"
    command = [
        sys.executable,
        ROOT / "train.py",
        text_file,
        "--out",
        folder,
        "--steps",
        "60",
        "--quiet",
        "--hidden",
        "16",
    ]
    subprocess.run(command, check=True, timeout=120)
    # So that no test is the first to need the loops of generating, which says that it compiles them.
    subprocess.run([sys.executable, ROOT / "sample.py", folder, "--length", "3"], check=True, capture_output=True)
    return folder
