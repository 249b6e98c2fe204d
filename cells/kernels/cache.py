"""Compiled kernels on disk: one that was made of other source, or whose file is damaged, never runs.

Numba writes what it compiles into files, an index `.nbi` and a `.nbc` for each signature. They go where the
first folder can be written: `NUMBA_CACHE_DIR`, `__pycache__` beside the source, the user's cache directory.
By itself it looks at the source of the function only, but our kernels inline functions of other files; it
fails on a file that was cut short; and between the writing of the index and of the `.nbc`, the index names
an old `.nbc`. So our kernels get a cache that compares a digest of everything they are made of, and that
compiles anew when anything is wrong.
"""

import contextlib
import hashlib
import pickle
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import numba
from numba.core import dispatcher
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, NullCache
from numba.core.serialize import dumps

CELLS = Path(__file__).parents[1]


@cache
def digest(path: Path) -> bytes | None:
    """A digest of a file, or of all Python files below a folder; None if there is neither (in a notebook)."""
    if path.is_dir():
        return hashlib.sha256(b"".join(digest(file) for file in sorted(path.rglob("*.py")))).digest()
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else None


@cache
def probe(folder: str) -> None:
    """Raises OSError where no content can be written, though a file can be created: the disk may be full."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))


class CheckedFiles(IndexDataCacheFile):
    """The files of one function. What is stored begins with a digest of itself, its key and its source."""

    def __init__(self, path, name, source):
        super().__init__(path, name, source)
        self.source = source

    def save(self, key, data):
        data = dumps(data)
        super().save(key, (self.check(key, data), data))

    def load(self, key):
        """What was saved under this key, or None; any exception means damaged files."""
        stored = super().load(key)
        if stored is None:
            return None
        check, data = stored
        if check != self.check(key, data):
            raise ValueError("a damaged file, or one of another kernel")
        return pickle.loads(data)

    def check(self, key, data):
        return hashlib.sha256(repr((self.source, key)).encode() + data).digest()


class Named(CompileResultCacheImpl):
    """Files named by function and Python version, not by line: an edited file overwrites its old kernels."""

    def get_filename_base(self, fullname, abiflags):
        return f"{fullname}.py{sys.version_info.major}{sys.version_info.minor}{abiflags}"


class KernelCache(FunctionCache):
    """The cache of one kernel. Where it cannot read it compiles, and where it cannot write it does without."""

    _impl_class = Named

    def __init__(self, function):
        super().__init__(function)
        probe(self.cache_path)
        own = digest(Path(function.__code__.co_filename)) or self._impl.locator.get_source_stamp()
        # What a kernel inlines comes from its own file or from `cells`.
        source = numba.__version__, digest(CELLS), own
        self._cache_file = CheckedFiles(self.cache_path, self._impl.filename_base, source)

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # Damaged pickles raise almost anything.
            self.flush()

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except OSError:
            self.disable()

    def flush(self):
        with contextlib.suppress(OSError):
            super().flush()


def cache_of(function: FunctionType) -> FunctionCache | NullCache:
    """The cache of a function that is compiled with cache=True: Numba's own, unless the function is ours or uses ours.

    Without any folder that can be written, ours are compiled at every start.
    """
    globals = function.__globals__.values()
    modules = {v.__name__ for v in globals if isinstance(v, ModuleType)}
    modules |= {
        v.__module__ for v in (function, *globals) if isinstance(v, (FunctionType, type, dispatcher.Dispatcher))
    }
    if not any(name.partition(".")[0] in ("cells", "optim", "minrnn") for name in modules if name):
        return FunctionCache(function)
    try:
        return KernelCache(function)
    except (RuntimeError, OSError):
        return NullCache()


dispatcher.FunctionCache = cache_of
