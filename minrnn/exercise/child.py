"""The process that runs a student's file: python -m minrnn.exercise.child NAME FILE REPORT PLACE SECONDS.

It writes what was found to REPORT, as JSON. After SECONDS it ends, and writes to PLACE which line was running.
"""

import ast
import faulthandler
import json
import signal
import sys
from pathlib import Path

# What is often missing where NumPy's message has these words.
ADVICE = {"matmul": "a .T may be missing", "broadcast": "a .T, or keepdims=True in a sum or mean, may be missing"}


def blank_lines(source: bytes, file: str) -> list[int]:
    """The numbers of the lines that the stub has left to be written: NAME = ..., or return ..."""
    values = (node for node in ast.walk(ast.parse(source, file)) if isinstance(node, ast.Assign | ast.Return))
    return sorted(node.lineno for node in values if getattr(node.value, "value", None) is Ellipsis)


def run_file(file: Path) -> dict:
    """What a Python file defines; no name of a main program, so that its own tests do not run."""
    names = {"__name__": f"answer in {file.stem}", "__file__": str(file)}
    exec(compile(file.read_bytes(), str(file), "exec"), names)
    return names


def with_advice(message: str) -> str:
    """NumPy's messages about shapes say what does not fit, and not what to do."""
    if "ValueError" in message and not message.endswith("?"):
        for words, advice in ADVICE.items():
            if words in message:
                return f"{message}; compare the shapes in this line: {advice}"
    return message


def main(name: str, file: str, report: str, place: str, seconds: str) -> None:
    from ..own_cell.users_code import calling
    from ..system.errors import OptionError
    from .judge import judge

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process.
    sys.path.insert(0, str(Path(file).parent))
    with open(place, "w", encoding="utf-8") as stream:
        faulthandler.dump_traceback_later(float(seconds), file=stream, exit=True)
        try:
            with calling("running the file"):
                names = run_file(Path(file))
            found = judge(name, names)._asdict()
        except (OptionError, MemoryError) as error:
            found = {"error": with_advice(str(error) or "out of memory")}
        faulthandler.cancel_dump_traceback_later()
    sys.stdout.flush()
    Path(report).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
