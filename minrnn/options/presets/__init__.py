"""Published recipes. NAME.toml in this folder has the options of one, where it comes from, and the number to reach.

A recipe names every option that its number depends on, so that none of our defaults gets into it. Where the source says
nothing, we chose, and a comment says so. Where a system minimises a sum, eps and the clipping are rescaled to our mean
over all T * N symbols. TensorFlow adds Adam's eps before it corrects the bias of v, we add it after; at 1e-8 the steps
hardly differ.
"""

import tomllib
from pathlib import Path

from ...system.command import did_you_mean
from ...system.errors import OptionError

PRESETS = Path(__file__).resolve().parent


def names() -> list[str]:
    """The names of all presets, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(name: str) -> dict:
    """A preset as a dict: the texts "title", "source", "published" and "notes", and "options", values by name.

    Raises OptionError where there is none of that name.
    """
    known = names()  # The name must be in this list, so that it is never a path.
    if name not in known:
        raise OptionError(f"--preset {name} is unknown{did_you_mean(name, known)}; expected one of {', '.join(known)}")
    return tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))


def listing() -> str:
    """A line for each preset: its name and what it is."""
    width = max(map(len, names()), default=0)
    return "\n".join(f"{name:<{width}}  {load(name)['title']}" for name in names())
