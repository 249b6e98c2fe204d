"""What all tests share."""

import gc
import random
import re
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from chromium import chromium, watched
from hypothesis import settings
from programs import run_as_process, run_in_process

from minrnn.rundir.plot import draw_loss
from minrnn.system.files import write_atomic

ROOT = Path(__file__).parents[1]

# A shell starts background jobs (&, nohup) with these signals ignored. The programs that the tests start must not
# inherit that.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    number = getattr(signal, name, None)
    if number and signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_configure(config):
    """Hypothesis tries more examples where all tests run."""
    settings.register_profile("quick", max_examples=40)
    settings.register_profile("all", max_examples=150)
    settings.load_profile("quick" if config.option.markexpr else "all")


def pytest_collection_finish():
    """The collected tests stay until the end: the garbage collector need not look through them again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """fsync takes milliseconds, thousands of times, and only a power cut would show its effect."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def runs_share_their_pictures(pytestconfig):
    """A picture takes a tenth of a second, as long as the rest of a small run: quick tests draw one of each kind.

    All are drawn where all tests run, and those whose title is no plain name everywhere.
    """
    drawn = {}

    def draw_once(rows, path, title, headline="loss", beat=None):
        losses = [any(row.get(name) is not None for row in rows) for name in ("train_loss", "val_loss")]
        kind = headline, beat is None, *losses
        if kind in drawn and "matplotlib" in sys.modules and re.fullmatch(r"[\w-]+", title, re.ASCII):
            write_atomic(path, drawn[kind])
        else:
            draw_loss(rows, path, title=title, headline=headline, beat=beat)
            if any(losses):
                drawn[kind] = path.read_bytes()

    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.option.markexpr:
            patch.setattr("minrnn.training.picture.draw_loss", draw_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def texts_of_tests():
    """Tests write their texts in UTF-8 and with plain line ends on every system."""

    def write_text(path, text, encoding="utf-8", errors=None, newline="\n"):
        return path.write_bytes(text.replace("\n", newline).encode(encoding, errors or "strict"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_text", write_text)
        yield


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
    """Runs a script or command in this process, in an empty folder: script("train.py", "--steps", 3).

    Modules work too: script("minrnn.inspect", "--help").
    """
    return partial(run_in_process, cwd=tmp_path)


@pytest.fixture
def gradcheck(tmp_path, monkeypatch, capsys):
    """Runs `python -m minrnn.gradcheck`; with cell=TEXT, on the class Mine of a file with this text."""
    from gradcheck_cell import in_this_process

    with in_this_process(tmp_path, monkeypatch, capsys) as run:
        yield run


@pytest.fixture
def three_states(monkeypatch):
    """The name of a cell that nobody knows, in CELLS for one test."""
    from three_states import add_three_states

    return add_three_states(monkeypatch)


@pytest.fixture
def process(tmp_path):
    """Runs a script or command in a new process, in an empty folder, as a user would; takes a second."""
    return partial(run_as_process, cwd=tmp_path)


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
    place = tmp_path_factory.mktemp("runs")
    options = ("--steps", 60, "--quiet", "--layers", 1, "--hidden", 16, "--out", place / "cats")
    assert run_in_process("train.py", text_file, *options, cwd=place).returncode == 0
    return place / "cats"


@pytest.fixture(scope="module")
def browser():
    """A real browser; where there is none, the tests are skipped."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser):
    """A function that opens a page in it. In the end, no page has said or requested anything."""
    with watched(browser) as open_page:
        yield open_page
