"""The lines of code that carry the number of an equation, as the page shows them."""

import ast
import io
import re
import tokenize
from functools import lru_cache
from pathlib import Path
from types import ModuleType

MOST = 14  # lines


def code_of(module: ModuleType, number: str) -> tuple[str, list[tuple[int, str, bool]]]:
    """(file, [(line number, line, whether it is marked)]) for a number such as (3'); the file is "" if there is none.

    A piece begins at the line with the number and ends before that of the next one. If the module has none, the
    modules beside it are searched from which it imports.
    """
    path = Path(module.__file__)
    for file in (path, *neighbours(path)):
        if lines := pieces(file, f"({number})"):
            return file.name, lines
    return "", []


@lru_cache(None)
def neighbours(path: Path) -> tuple[Path, ...]:
    """The files beside this one that it imports from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [path.parent / f"{n.module}.py" for n in tree.body if isinstance(n, ast.ImportFrom) and n.level == 1]
    return tuple(file for file in found if file.exists())


@lru_cache(None)
def pieces(path: Path, label: str) -> list[tuple[int, str, bool]]:
    """The lines of all functions in a file that belong to the number, with the loops that they stand in."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    marks = {t.start[0]: re.findall(r"\(\d+'?\)", t.string) for t in tokens if t.type == tokenize.COMMENT}
    marks = {n: found for n, found in marks.items() if found}
    out: list[tuple[int, str, bool]] = []
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        inside = False
        for n in range(function.body[0].lineno, function.end_lineno + 1):
            if n in marks:
                if label in marks[n] and not inside and lines[n - 2].rstrip().endswith(":"):
                    out.append((n - 1, lines[n - 2], False))
                inside = label in marks[n]
            if inside:
                out.append((n, lines[n - 1], label in marks.get(n, ())))
    out = sorted({n: (n, line, marked) for n, line, marked in out}.values())
    last = [n for n, _, marked in out if marked]
    return [piece for k, piece in enumerate(out) if not dangling(out, k)][:MOST] if last else []


def dangling(piece: list[tuple[int, str, bool]], k: int) -> bool:
    """Whether this is the head of a loop, or an else, whose body belongs to the next number."""
    n, line, _ = piece[k]
    if not line.strip():
        return True
    following = next((p for p in piece[k + 1 :] if p[1].strip()), None)
    return line.rstrip().endswith(":") and (following is None or following[0] > n + 1 or dangling(piece, k + 1))
