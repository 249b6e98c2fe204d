"""What all tests share."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


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
