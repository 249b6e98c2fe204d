"""Throws away compiled kernels that were made of other source than what is here now.

Numba keeps what it has compiled on disk, and compiles a function anew when the function's own file has
changed. But our kernels inline functions of other files: after a change there, the old ones would go on
to run, and two that do not agree about the shape of an array overwrite each other's memory.
"""

import hashlib
from pathlib import Path

from numba import config

HERE = Path(__file__).parents[1]


def forget_stale():
    """Empties the cache if any file of the folder `cells` is not as it was when the cache was begun."""
    source = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.rglob("*.py")))).hexdigest()
    chosen = config.CACHE_DIR and Path(config.CACHE_DIR)
    mark = (chosen or HERE / "__pycache__") / "minrnn-kernels.sha256"
    try:
        if mark.exists() and mark.read_text() == source:
            return
        for package in ("cells", "kernels", "nn", "generation", "optim"):
            found = chosen.glob(f"{package}_*/*.nbi") if chosen else HERE.parent.glob(f"{package}/**/__pycache__/*.nbi")
            for index in found:
                index.unlink(missing_ok=True)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(source)
    except OSError:
        pass  # Where nothing can be written, there is no cache either.
