"""minrnn: a recurrent language-model trainer in plain NumPy.

    model = minrnn.train("shakespeare.txt", hidden=256, minutes=2)
    model = minrnn.load("runs/shakespeare-lstm")
    print(model.generate(length=200, prime="It was"))

See docs/library.md. The rooms of the package, from the ground up; each imports only rooms that stand before it:

    system       the machine and the user: files, locks, signals, cores, words, pictures
    nn           the model: embedding, stacked cells, dropout, output, loss     <- cells
    own_cell     a cell out of a user's own file: loading it, trying it out     <- nn
    parallel     a batch on several threads, and on the ranks of mpiexec        <- nn
    options      the tables of options, presets, and how they come together     <- cells, optim, data
    checkpoint   what a run keeps in a file, read without trusting it           <- options
    generation   writing, filling in, scoring                                   <- nn, parallel, data
    rundir       the folder of a run: its log, its plot, its boards
    training     a run: its text, its steps, what it shows and what it leaves   <- all of the above
    library      train, load and Model, for other programs                      <- all of the above
    exchange     the formats of weights that export writes and import reads
    gradcheck, inspect, export, import, runs, tune, unroll, exercise    commands: python -m minrnn.NAME

Beside it stand three packages that know nothing of it: `cells` (recurrent cells), `optim` (optimisers and
schedules) and `data` (text to batches). A working directory or another program may well have a `data`, too, so
this file sees to it that the names mean ours.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

__version__ = "0.1.0"

ROOT = Path(__file__).resolve().parents[1]
LEAVES = ("cells", "optim", "data")


class LeafFinder:
    """Finds the leaves beside this package before anything else of their names."""

    @staticmethod
    def find_spec(name: str, path=None, target=None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, [str(ROOT)]) if name in LEAVES else None


def make_room(leaf: str) -> None:
    """Forgets a folder without code that was imported as `leaf`; raises ImportError if there is foreign code."""
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == leaf]
    files = [file for module in modules if (file := getattr(module, "__file__", None))]
    for file in files:
        if not Path(file).resolve().is_relative_to(ROOT / leaf):
            raise ImportError(
                f"minrnn has a package {leaf!r} of its own, but {file} is imported by that name already: "
                "rename that one, or use minrnn in another process"
            )
    if not files:
        sys.modules.pop(leaf, None)


for leaf in LEAVES:
    make_room(leaf)
sys.meta_path.insert(0, LeafFinder)

# What other programs use, and where it comes from when it is first asked for: a command must not wait for all of it.
PUBLIC = {
    "train": "library.train",
    "load": "library.model",
    "Model": "library.model",
    "Score": "library.model",
    "OptionError": "system.errors",
    "CheckpointError": "system.errors",
    "DivergedError": "training.run",
}
__all__ = [*PUBLIC, "__version__"]


def __getattr__(name: str) -> object:
    if name not in PUBLIC:
        raise AttributeError(f"module 'minrnn' has no attribute {name!r}")
    return getattr(import_module(f".{PUBLIC[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *PUBLIC])
