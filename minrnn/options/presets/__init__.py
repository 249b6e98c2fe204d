"""Published recipes. NAME.toml in this folder has the options of one, where it comes from, and the number to reach.

A recipe names every option that its number depends on, so that none of our defaults gets into it. Where the source says
nothing, we chose, and a comment says so. Where a system minimises a sum, eps and the clipping are rescaled to our mean
over all T * N symbols. TensorFlow adds Adam's eps before it corrects the bias of v, we add it after; at 1e-8 the steps
hardly differ.
"""

import tomllib
from pathlib import Path

from data import CORPORA

from ...system.command import did_you_mean
from ...system.errors import OptionError
from .own import read

PRESETS = Path(__file__).resolve().parent
OWN = ".toml"  # The ending of the path of a user's own recipe.


def names() -> list[str]:
    """The names of all published recipes, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(name: str) -> dict:
    """A preset as a dict: texts "title", "source", "published", "corpus" and "notes", and "options", values by name.

    The name is one of `names()`, or the path of a user's own recipe, which ends with ".toml" and may leave out any of
    the texts. Raises OptionError where there is none of that name, or the file is wrong.
    """
    known = names()  # The name must be in this list, so that it is never a path.
    if name in known:
        return tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
    if not name.endswith(OWN):
        raise OptionError(
            f"--preset {name} is unknown{did_you_mean(name, known)}; "
            f"expected a file that ends with {OWN}, or one of {', '.join(known)}"
        )
    if not Path(name).exists():
        raise OptionError(f"--preset {name} does not exist{did_you_mean(name.removesuffix(OWN), known)}")
    return read(Path(name))


def listing() -> str:
    """A line for each published recipe: its name and what it is."""
    width = max(map(len, names()), default=0)
    return "\n".join(f"{name:<{width}}  {load(name)['title']}" for name in names())


def about(options: dict) -> list[str]:
    """What a person wants to know of the preset of a new run, a line each; nothing if there is none."""
    name = options["preset"]
    if not name:
        return []
    preset = load(name)
    lines = [": ".join(filter(None, [f"preset: {name}", preset.get("title")]))]
    number = [preset[text] for text in ("published", "source") if preset.get(text)]
    lines += [f"published: {'; '.join(number)}"] if number else []
    elsewhere = preset.get("corpus") and options["text"] != [preset["corpus"]]
    return lines + ([f"published for the text: {preset['corpus']}"] if elsewhere else [])


def where(preset: dict) -> str:
    """Where to get the text of a preset; "" if it does not say."""
    corpus = preset.get("corpus", "")
    return f"{corpus}; give that name in place of a file" if corpus in CORPORA else corpus
