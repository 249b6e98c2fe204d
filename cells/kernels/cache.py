"""Compiled kernels on disk. A kernel made of other source never runs, and a damaged file is compiled anew.

Numba keeps what it compiles in files: an index `.nbi` for each function and a `.nbc` for each signature. They
are in the first of these folders that can be written: `NUMBA_CACHE_DIR`, `__pycache__` beside the source, the
user's cache directory. But Numba only checks the function's own file, and our kernels inline functions of
other files. It fails if a file was cut short, and if it was stopped while saving, a new index may name an old
`.nbc`. So the `.nbc` of our kernels carry a digest of themselves and of everything they are made of.
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
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

CELLS = Path(__file__).parents[1]


@cache
def digest(path: Path) -> bytes | None:
    """A digest of a file, or of all Python files in a folder and below; None if the path is neither."""
    if path.is_dir():
        return hashlib.sha256(b"".join(digest(file) for file in sorted(path.rglob("*.py")))).digest()
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else None


@cache
def probe(folder: str) -> None:
    """Raises OSError if files in this folder can be created, but not written: the disk may be full."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))


class CheckedFiles(IndexDataCacheFile):
    """The files of one function. Each `.nbc` begins with a digest of its content, its key and its source."""

    def __init__(self, path, name, source):
        super().__init__(path, name, source)
        self.source = source

    def save(self, key, data):
        data = dumps(data)
        super().save(key, (self.check(key, data), data))

    def load(self, key):
        """What was saved under this key, or None. Damaged files raise almost any exception."""
        stored = super().load(key)
        if stored is None:
            return None
        check, data = stored
        if check != self.check(key, data):
            raise ValueError("a damaged file, or one of another kernel")
        return pickle.loads(data)

    def check(self, key, data):
        return hashlib.sha256(repr((self.source, key)).encode() + data).digest()


class ByName(CompileResultCacheImpl):
    """Names files by function and Python version, without the line: edited kernels overwrite their old files."""

    def get_filename_base(self, fullname, abiflags):
        return f"{fullname}.py{sys.version_info.major}{sys.version_info.minor}{abiflags}"


class KernelCache(FunctionCache):
    """The cache of one kernel. If it cannot read a file, the kernel is compiled; if it cannot write, not kept."""

    _impl_class = ByName

    def __init__(self, function):
        super().__init__(function)
        probe(self.cache_path)
        own = digest(Path(function.__code__.co_filename)) or self._impl.locator.get_source_stamp()  # in a notebook
        # A kernel inlines functions of its own file and of `cells` only.
        source = numba.__version__, digest(CELLS), own
        self._cache_file = CheckedFiles(self.cache_path, self._impl.filename_base, source)

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:
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
    """The cache of a function that is compiled with cache=True.

    Functions that are not ours and use nothing of ours get Numba's own. Ours get none if no folder can be written.
    """
    used = function.__globals__.values()
    modules = {v.__name__ for v in used if isinstance(v, ModuleType)}
    modules |= {v.__module__ for v in (function, *used) if isinstance(v, (FunctionType, type, Dispatcher))}
    if not any(name.partition(".")[0] in ("cells", "optim", "minrnn") for name in modules if name):
        return FunctionCache(function)
    try:
        return KernelCache(function)
    except (RuntimeError, OSError):
        return NullCache()


dispatcher.FunctionCache = cache_of
