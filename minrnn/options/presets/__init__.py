"""Published recipes: NAME.toml in this folder has the options of one, where it comes from, and the number to reach.

A recipe names every option that its number depends on, so that no default of ours gets into it. What
the source leaves open is our choice, and a comment says so. Where
a system minimises a sum, eps and the clipping are rescaled to our mean over all T * N symbols.
TensorFlow adds Adam's eps before it corrects the bias of v, ours after; at 1e-8 the steps hardly differ.
"""

import tomllib
from pathlib import Path

from ...system.errors import OptionError

PRESETS = Path(__file__).resolve().parent


def names():
    """The names of all presets, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(name):
    """A preset as a dict: the texts "title", "source", "published" and "notes", and "options", values by name.

    Raises OptionError where there is none of that name.
    """
    # Looked up in the list, so that a name is never a path.
    if name not in names():
        raise OptionError(f"--preset {name} is unknown; expected one of {', '.join(names())}")
    return tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))


def listing():
    """A line for each preset: its name and what it is."""
    width = max(map(len, names()), default=0)
    return "\n".join(f"{name:<{width}}  {load(name)['title']}" for name in names())
