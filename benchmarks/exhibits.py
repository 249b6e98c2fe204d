"""The exhibits of docs/bug-museum.md: read from the page, which is their only source, and applied to a copy.

A section of the page with a ```diff block is an exhibit. Its hunks have no line numbers. Instead, the old
lines of a hunk must occur exactly once in the file. The section must also contain, in these words,

    Caught by `COMMAND`, which says `WORDS`.
    Trained with `OPTIONS`.
    ![...](museum/NAME.png)
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "bug-museum.md"
# What training and testing need: only these are copied.
TREE = ("cells", "data", "minrnn", "optim", "tests", "train.py", "pyproject.toml")


@dataclass
class Exhibit:
    """`diff` is the text of the block, `options` go to train.py, `catches` is a command and what it must print."""

    name: str
    title: str
    diff: str
    catches: tuple[str, str]
    options: str

    @property
    def changes(self):
        """{path of a file: [hunk, ...]}."""
        files = re.findall(r"^--- a/.+\n\+\+\+ b/(.+)\n((?:(?!--- a/).*\n)+)", self.diff, re.M)
        return {path: re.split(r"^@@.*\n", hunks, flags=re.M)[1:] for path, hunks in files}

    @property
    def anchor(self):
        """The name of this section in links within the page."""
        return re.sub(r"[^\w -]", "", self.title).lower().replace(" ", "-")


def exhibits(page=None):
    """All exhibits, in the order of the page. Raises ValueError if a section lacks a part."""
    page = PAGE.read_text(encoding="utf-8") if page is None else page
    sections = [s for s in re.split(r"^## ", page, flags=re.M)[1:] if "```diff" in s]
    return [exhibit(section) for section in sections]


def exhibit(section):
    title = section.splitlines()[0]

    def only(pattern):
        found = re.findall(pattern, section, re.M | re.S)
        if len(found) != 1:
            raise ValueError(f"the exhibit {title!r} has {len(found)} of {pattern!r}; expected one")
        return found[0]

    return Exhibit(
        name=only(r"\]\(museum/([\w-]+)\.png\)"),
        title=title,
        diff=only(r"^```diff\n(.*?)^```$"),
        catches=only(r"Caught by\s`([^`]+)`,\swhich\ssays\s`([^`]+)`"),
        options=only(r"Trained with `([^`]*)`"),
    )


def copy_tree(folder, compiled=False):
    """Copies what is needed of the project into a new folder, with or without the kernels that Numba has compiled."""
    folder.mkdir(parents=True)
    left_out = () if compiled else ("__pycache__",)
    for name in TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(*left_out))
        else:
            shutil.copy(source, folder / name)
    return folder


def spoil(folder, exhibit):
    """Puts the bug of an exhibit into a copy of the project. Raises ValueError if the diff does not fit."""
    for name, hunks in exhibit.changes.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for hunk in hunks:
            before, after = (
                "".join(line[1:] + "\n" for line in hunk.splitlines() if line[:1] in kept) for kept in (" -", " +")
            )
            if text.count(before) != 1:
                raise ValueError(
                    f"{exhibit.title!r}: expected once in {name}, found {text.count(before)} times:\n{before}"
                )
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")
