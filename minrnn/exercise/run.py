"""Judging a file in a process of its own, which may crash, print without end, or never come back."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread

from ..own_cell.users_code import calling
from ..system.errors import OptionError
from .child import blank_lines
from .judge import Verdict

SECONDS = 10
# Of what the file prints, this much is shown.
MAX_LINES, MAX_CHARACTERS = 20, 4000


def judge_file(name: str, file: Path) -> Verdict:
    """Judges a student's file. Raises OptionError, one line, if it cannot be run."""
    if not file.is_file():
        raise OptionError(f"there is no file {file}; `python -m minrnn.exercise {name}` writes {name}.py to begin with")
    source = file.read_bytes()
    if b"\0" in source:
        raise OptionError(f"{file} is not Python in UTF-8: it has zero bytes; save it as UTF-8 in your editor")
    with calling(str(file)):
        blanks = blank_lines(source, str(file))
    if blanks:
        lines = f"line {blanks[0]} is" if len(blanks) == 1 else f"lines {', '.join(map(str, blanks))} are"
        return Verdict(False, [f"{lines} still blank: write something in place of the dots"], True)
    with tempfile.TemporaryDirectory() as folder:
        report, place = Path(folder) / "report.json", Path(folder) / "place.txt"
        command = [sys.executable, "-m", f"{__package__}.child", name, file.resolve(), report, place, str(SECONDS)]
        streams = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        child = subprocess.Popen(command, **streams, env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace"})
        reader = Thread(target=show_beginning, args=(child.stdout,), daemon=True)
        reader.start()
        try:
            child.wait(SECONDS + 30)  # If the child's own clock fails.
        except subprocess.TimeoutExpired:
            place.write_text("")
        finally:
            child.kill()
            child.wait()
        reader.join(1)
        if report.exists():
            answer = json.loads(report.read_text(encoding="utf-8"))
        elif place.exists() and place.read_text(encoding="utf-8", errors="replace"):
            answer = {"error": f"is not ready after {SECONDS} seconds{line_of(file, place)}; is there an endless loop?"}
        else:
            answer = {"error": "ended Python before it could be judged; leave out os._exit and the like"}
    if "error" in answer:
        raise OptionError(f"{file}: {answer['error']}")
    return Verdict(**answer)


def show_beginning(stream) -> None:
    """Prints the first lines of a stream, and reads the rest away."""
    shown = lines = 0
    for chunk in iter(lambda: stream.readline(MAX_CHARACTERS), b""):
        if lines < MAX_LINES and shown < MAX_CHARACTERS:
            show(chunk.decode("utf-8", "replace").rstrip())
        shown, lines = shown + len(chunk), lines + 1
    if lines > MAX_LINES:
        show(f"... and {lines - MAX_LINES:,} more lines")


def show(line: str) -> None:
    """Prints what is not ours. Where it cannot be written (| head), the rest must still be read."""
    with suppress(OSError):
        print(f"| {line}")


def line_of(file: Path, place: Path) -> str:
    """Where in the file the program was, from what faulthandler has written: " (line 17)", or "" if it does not say."""
    for line in place.read_text(encoding="utf-8", errors="replace").splitlines():
        if f'"{file.resolve()}"' in line:
            return f" (line {line.partition(', line ')[2].split()[0]})"
    return ""
