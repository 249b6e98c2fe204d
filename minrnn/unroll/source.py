"""What stands in a cell's file: the docstring with its equations, and the lines of code that carry their numbers."""

import ast
import io
import re
import tokenize
from pathlib import Path
from types import ModuleType

from .header import NUMBER

MOST = 14  # lines


Line = tuple[int, str, bool]  # its number, the line, whether it carries the number of the equation


def docstring_of(module: ModuleType, kind: type) -> tuple[str, int]:
    """The docstring with numbered equations, of the file or of the class, and the line on which it begins."""
    tree = ast.parse(text_of(Path(module.__file__)))
    for node in (tree, *(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)):
        text = ast.get_docstring(node, clean=False) or ""
        if any(map(NUMBER.match, text.splitlines())):
            return text, node.body[0].lineno
    return "", 1


def text_of(path: Path) -> str:
    """A Python file, in the encoding that it names."""
    with tokenize.open(path) as file:
        return file.read()


def code_of(module: ModuleType, number: str) -> list[tuple[str, list[Line]]]:
    """The pieces of code for a number such as (3'), by file: those of the module, and of its kernels' modules.

    A piece begins at the line with the number and ends before that of the next one.
    """
    path = Path(module.__file__)
    found = [(file.name, pieces(file, f"({number})")) for file in (*kernels(path), path)]
    return [(name, lines) for name, lines in found if lines]


def kernels(path: Path) -> tuple[Path, ...]:
    """The files that it imports from whose docstrings say that their equations are those of this one."""
    tree = ast.parse(text_of(path))
    beside = [path.parent / f"{n.module}.py" for n in tree.body if isinstance(n, ast.ImportFrom) and n.level == 1]
    docs = {file: ast.get_docstring(ast.parse(text_of(file))) for file in beside if file.exists()}
    return tuple(file for file, doc in docs.items() if re.search(rf"(?<!\w){re.escape(path.name)}", doc or ""))


def pieces(path: Path, label: str) -> list[Line]:
    """The lines of all functions in a file that belong to the number, with the loops that they stand in."""
    text = text_of(path)
    lines = text.splitlines()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    marks = {t.start[0]: re.findall(r"\(\d+'?\)", t.string) for t in tokens if t.type == tokenize.COMMENT}
    marks = {n: found for n, found in marks.items() if found}
    out: list[Line] = []
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
    out = sorted(set(out))
    return [line for k, line in enumerate(out) if not dangling(out, k)][:MOST]


def dangling(piece: list[Line], k: int) -> bool:
    """Whether this is the head of a loop, or an else, whose body belongs to the next number."""
    n, line, _ = piece[k]
    if not line.strip():
        return True
    following = next((p for p in piece[k + 1 :] if p[1].strip()), None)
    return line.rstrip().endswith(":") and (following is None or following[0] > n + 1 or dangling(piece, k + 1))
