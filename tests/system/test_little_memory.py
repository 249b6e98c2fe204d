"""Little memory: one line says so, and a run whose picture cannot be drawn is still a run."""

import logging
import subprocess
import sys

import pytest
from programs import command_line

from minrnn.system.command import run_script
from minrnn.system.errors import PictureError
from minrnn.system.figure import new_figure, save

NO_MAP = "libzstd.so.1: failed to map segment from shared object"


class NoMatplotlib:
    """What importing matplotlib raises where there is too little memory."""

    def __init__(self, error):
        self.error = error

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "matplotlib":
            raise self.error


@pytest.fixture(
    params=[ImportError(NO_MAP), MemoryError(), SystemError("error return without exception set")], ids=repr
)
def no_matplotlib(request, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoMatplotlib(request.param), *sys.meta_path])
    return str(request.param) or type(request.param).__name__


def test_without_matplotlib_a_run_says_why_it_has_no_picture(no_matplotlib, script, text_file, tmp_path):
    sizes = ["--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--steps", 4, "--quiet", "--out", "r"]
    result = script("train.py", text_file, *sizes)
    assert result.returncode == 0
    assert f"there is no r/loss.png: matplotlib cannot draw: {no_matplotlib}" in result.stderr
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names >= {"best.pkl", "last.pkl", "log.csv"} and "loss.png" not in names


def test_inspect_says_that_it_cannot_draw(no_matplotlib, script, trained, text_file):
    result = script("minrnn.inspect", trained, "--text", text_file, "--out", "d")
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert f"matplotlib cannot draw: {no_matplotlib}; check the memory" in result.stderr


def test_a_picture_that_cannot_be_drawn_leaves_the_logger_alone(tmp_path):
    figure = new_figure()
    figure.savefig = lambda *arguments, **settings: [].pop()
    with pytest.raises(PictureError, match="pop from empty list"):
        save(figure, tmp_path / "a.png")
    assert logging.getLogger("matplotlib").level == logging.NOTSET and not [*tmp_path.iterdir()]


@pytest.mark.parametrize("error, line", [
    (ImportError(f"\n\nPlease study this page.\n\nOriginal error was: {NO_MAP}\n"), NO_MAP),
    (ImportError("libm.so: cannot allocate memory"), "libm.so: cannot allocate memory"),
    (OSError("Could not find/load shared object file 'libllvmlite.so'"), "libllvmlite.so"),
])  # fmt: skip
def test_a_library_that_cannot_be_loaded_is_named_in_one_line(error, line, monkeypatch, capsys):
    def main():
        raise error

    monkeypatch.setattr(sys, "stderr", sys.stderr)
    with pytest.raises(SystemExit) as end:
        run_script(main)
    err = capsys.readouterr().err
    assert end.value.code == 2 and line in err and "free some memory" in err and err.count("\n") == 1


def test_other_import_errors_are_faults_of_ours(monkeypatch):
    def main():
        import minrnn.no_such_module  # noqa: F401

    monkeypatch.setattr(sys, "stderr", sys.stderr)
    with pytest.raises(ImportError, match="no_such_module"):
        run_script(main)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is for Linux")
@pytest.mark.parametrize("kilobytes", [60_000, 250_000, 400_000])
def test_little_address_space_gives_no_traceback(kilobytes, text_file, tmp_path):
    sizes = ["--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--steps", 4, "--quiet", "--out", tmp_path / "r"]
    command = ["bash", "-c", f'ulimit -v {kilobytes}; "$@"', "bash", *command_line("train.py", [text_file, *sizes])]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in result.stderr and result.returncode in (0, 1, 2)
