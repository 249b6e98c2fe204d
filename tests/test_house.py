"""The shape of the project: registries, what the README promises, and how long files get (see test_arrows.py, too)."""

import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT
from test_arrows import sources

import sample
import train
from cells import CELLS
from minrnn.inspect import __main__ as inspect
from minrnn.inspect import page
from minrnn.options.resolve import resolve
from optim import OPTIMIZERS, SCHEDULES

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
INSPECT = (ROOT / "docs" / "inspect.md").read_text(encoding="utf-8")


def test_registries_have_the_names_of_the_command_line():
    assert list(CELLS) == [
        "rnn",
        "gru",
        "lstm",
        "lnlstm",
        "mixgru",
        "mogrifier",
        "mingru",
        "minlstm",
        "birnn",
        "bigru",
        "bilstm",
    ]
    assert list(OPTIMIZERS) == ["sgd", "rmsprop", "adam", "adagrad", "muon"]
    assert list(SCHEDULES) == ["constant", "staircase", "cosine", "plateau"]


def test_the_page_of_inspect_lists_every_option_and_no_other():
    listed = re.findall(r"^\| `(--[\w-]+)", INSPECT, re.M)
    actions = inspect.parser()._actions
    assert {*listed, "--help", "--version"} == {a.option_strings[-1] for a in actions if a.option_strings}


def test_the_guide_names_no_option_that_does_not_exist():
    known = {name for parser in (train.parser(), sample.parser()) for name in parser._option_string_actions}
    options = GUIDE.split("\n## Options\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`(--[\w-]+)", options)) <= known


def test_the_page_of_inspect_tells_its_limits():
    assert f"at most {page.MAX_SYMBOLS:,}, fewer for large models" in INSPECT
    assert f"{page.MAX_SYMBOLS:,} for models of up to {page.MAX_BYTES // page.MAX_SYMBOLS} units in all" in INSPECT
    assert f"{page.MAX_BYTES // 10**6} million bytes" in INSPECT
    defaults = dict(re.findall(r"^\| `--(symbols|lags) .* \| (\d+) \|$", INSPECT, re.M))
    assert defaults == {"symbols": str(inspect.SYMBOLS), "lags": str(inspect.LAGS)}


def readme_commands(script):
    """The arguments of every call of a script in the README and the guide."""
    found = re.findall(rf"python {script}\.py([^\n#`]*)", README + GUIDE)
    assert found
    return [shlex.split(arguments) for arguments in found]


def test_every_training_command_of_the_readme_is_understood():
    for arguments in readme_commands("train"):
        given = vars(train.parser().parse_args(arguments))
        if not given.get("resume"):
            resolve(given)


def test_every_sampling_command_of_the_readme_is_understood():
    for arguments in readme_commands("sample"):
        sample.parser().parse_args(arguments)


@pytest.mark.slow
def test_the_first_commands_of_the_readme_run(script):
    first = readme_commands("train")[0]
    assert first == []
    assert script("train.py", *first, "--steps", 20).returncode == 0
    result = script("sample.py", *readme_commands("sample")[0])
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) >= 500


@pytest.mark.slow
def test_the_benchmark_runs_without_its_peer():
    command = [sys.executable, ROOT / "benchmarks" / "throughput.py", "--only", "rnn-1x100", "--rounds", "1"]
    result = subprocess.run([*command, "--seconds", "0.01"], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "rnn 1x100 N=1 T=25" in result.stdout


def test_the_readme_is_read_in_a_few_minutes():
    assert len(README.splitlines()) <= 120


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {p.name for p in ROOT.glob("docs/*.md")} | {p.name for p in ROOT.glob("docs/*.ipynb")}
    assert pages - {"README.md"} <= set(re.findall(r"\]\(([\w.-]+)\)", index))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_every_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    for link in links:
        assert ((ROOT / page).parent / link).exists(), link


def test_no_file_is_longer_than_a_sitting():
    lines = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert not [(str(path), n) for path, n in lines.items() if n > 200]
