"""Two ways to run train.py, sample.py or a command: in the process of the tests, which is quick, or in a new one."""

import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from numba.core import event

ROOT = Path(__file__).parents[2]
register = event.register


def command_line(program, arguments):
    """The arguments of a new process for a script such as "train.py", or a module such as "minrnn.inspect"."""
    how = [ROOT / program] if program.endswith(".py") else ["-m", program]
    return list(map(str, [sys.executable, *how, *arguments]))


def run_in_process(program, *arguments, cwd):
    """Runs a program to its end in this process, with its own streams, arguments and current folder.

    Returns what `subprocess.run` would return: `returncode`, `stdout`, `stderr`. An exception that would end the
    program with a traceback ends the test. The line about kernels being compiled is left out: whether there is
    one depends on which tests ran before.
    """
    with ExitStack() as stack:
        out, err = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
        for context in (
            chdir(cwd),
            patch.object(sys, "argv", [program, *map(str, arguments)]),
            patch("numba.core.event.register", register_numbas_own),
            redirect_stdout(out),
            redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            stack.enter_context(context)
        try:
            if program.endswith(".py"):
                runpy.run_path(str(ROOT / program), run_name="__main__")
            else:
                warnings.simplefilter(
                    "ignore", RuntimeWarning
                )  # runpy warns of a module that a test has imported before
                runpy.run_module(program, run_name="__main__", alter_sys=True)
            status = 0
        except SystemExit as end:
            status = end.code or 0
        return subprocess.CompletedProcess(sys.argv, status, *map(content, (out, err)))


def register_numbas_own(kind, listener):
    """Numba registers listeners too, and takes them away again; ours would stay when the program has ended."""
    if not type(listener).__module__.startswith("minrnn."):
        register(kind, listener)


def content(file):
    file.flush()
    file.seek(0)
    return file.read()


def run_as_process(program, *arguments, cwd, **settings):
    """Runs a program to its end in a new process, found wherever `cwd` is; `settings` are those of subprocess.run."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    settings = {"env": {**os.environ, "PYTHONPATH": path}, "encoding": "utf-8", "timeout": 120, **settings}
    return subprocess.run(command_line(program, arguments), capture_output=True, text=True, cwd=cwd, **settings)
