"""The cache of compiled kernels: it never gives one of other source, and no state of its files is an error."""

import ast
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

from cells.kernels.activations import KERNEL

pytestmark = pytest.mark.slow

# A kernel that inlines the tanh of another file, which is one folder below it.
KERNEL_FILE = """
from numba import njit
from cells.kernels.activations import KERNEL, tanh

@njit(**KERNEL)
def f(x):
    return tanh(x)
"""
# Prints f(1) in float32 and float64, and how many of these two were compiled.
CALL = """
import numpy as np
from {module} import f
print(float(f(np.float32(1))), float(f(1.0)), sum(f.stats.cache_misses.values()))
"""
TANH = pytest.approx([0.7615942, 0.7615942], abs=1e-6)


class Checkout:
    """A copy of `cells` with one more kernel, and a place for the cache."""

    def __init__(self, folder, place, module="cells.tiny"):
        self.folder, self.module = folder / "checkout", module
        shutil.copytree(ROOT / "cells", self.folder / "cells", ignore=shutil.ignore_patterns("__pycache__"))
        self.kernel = self.folder / (module.replace(".", "/") + ".py")
        self.kernel.write_text(KERNEL_FILE)
        home = "/proc" if place == "nowhere" else folder / "home"
        self.env = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
        self.env |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        if place == "NUMBA_CACHE_DIR":
            self.env["NUMBA_CACHE_DIR"] = str(folder / "chosen")
        if place in ("home", "nowhere"):
            # Not even root can write into a folder that is a file.
            for part in (".", "cells", "cells/kernels"):
                (self.folder / part / "__pycache__").touch()

    def start(self, **settings):
        command = [sys.executable, "-c", CALL.format(module=self.module)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )

    def run(self, **settings):
        """([f(float32), f(float64)], how many of them were compiled)."""
        return self.results(self.start(**settings))

    def results(self, process):
        out, err = process.communicate()
        assert process.returncode == 0 and not err, err
        *results, compiled = map(float, out.split())
        return results, compiled

    def files(self, ending=""):
        return sorted(path for path in self.folder.parent.rglob("*.nb[ic]") if path.name.endswith(ending))

    def change(self):
        """Halves what tanh gives, in the file that the kernel inlines."""
        source = self.folder / "cells" / "kernels" / "activations.py"
        text = source.read_text()
        source.write_text(
            text.replace("return x * p / q", "return HALF * x * p / q").replace(
                "return math.tanh(x)", "return 0.5 * math.tanh(x)"
            )
        )
        assert source.read_text() != text


@pytest.mark.parametrize(
    "place, module",
    [
        ("beside the source", "cells.tiny"), ("beside the source", "mine"),
        ("NUMBA_CACHE_DIR", "cells.tiny"), ("home", "cells.tiny"),
    ],
)  # fmt: skip
def test_a_change_in_a_nested_file_that_kernels_inline_is_noticed(place, module, tmp_path):
    checkout = Checkout(tmp_path, place, module)
    assert checkout.run() == (TANH, 2)
    assert checkout.run() == (TANH, 0)
    where = {"beside the source": checkout.kernel.parent, "NUMBA_CACHE_DIR": tmp_path / "chosen"}
    assert len(checkout.files()) == 3 and checkout.files()[0].is_relative_to(where.get(place, tmp_path / "home"))
    old = {path: path.read_bytes() for path in checkout.files(".nbc")}
    checkout.change()
    half = pytest.approx([0.3807971, 0.3807971], abs=1e-6)
    assert checkout.run() == (half, 2)
    assert checkout.run() == (half, 0)
    # As if the process had been killed between the new index and the new objects.
    for path, content in old.items():
        path.write_bytes(content)
    assert checkout.run() == (half, 2)


def test_a_change_in_the_file_of_the_kernel_leaves_no_old_files_behind(tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    checkout.run()
    before = checkout.files()
    checkout.kernel.write_text(
        KERNEL_FILE.replace("\n@njit", "\n\nTWO = 2\n@njit").replace("tanh(x)\n", "TWO * tanh(x)\n")
    )
    assert checkout.run() == (pytest.approx([1.5231884, 1.5231884], abs=1e-6), 2)
    assert checkout.files() == before


def swap(paths):
    """Each file gets the content of the next."""
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, [*contents[1:], contents[0]]):
        path.write_bytes(content)


DAMAGES = {
    "empty": lambda content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "its last byte missing": lambda content: content[:-1],
    "zeros": lambda content: bytes(len(content)),
    "zeros at its end": lambda content: content[: len(content) // 2] + bytes(len(content) - len(content) // 2),
    "one wrong byte": lambda content: content[: len(content) // 2] + b"?" + content[len(content) // 2 + 1 :],
    "another file": lambda content: b"Hello\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_compiled_anew(damage, tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    checkout.run()
    for ending in (".nbi", ".nbc"):
        for path in checkout.files(ending):
            path.write_bytes(DAMAGES[damage](path.read_bytes()))
        results, compiled = checkout.run()
        assert results == TANH and compiled
        assert checkout.run() == (TANH, 0)


def test_objects_of_other_types_are_compiled_anew(tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    checkout.run()
    swap(checkout.files(".nbc"))
    assert checkout.run() == (TANH, 2)


def test_a_folder_in_place_of_a_file_is_no_error(tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    checkout.run()
    for path in checkout.files():
        path.unlink()
        path.mkdir()
    assert checkout.run() == (TANH, 2)


def test_several_processes_may_compile_at_once(tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    for process in [checkout.start() for _ in range(4)]:
        assert checkout.results(process)[0] == TANH
    checkout.run()
    assert checkout.run() == (TANH, 0)


def test_without_any_folder_kernels_run_uncached(tmp_path):
    checkout = Checkout(tmp_path, "nowhere")
    for _ in range(2):
        assert checkout.run() == (TANH, 2)
    assert not checkout.files()


def test_on_a_full_disk_kernels_run_uncached(tmp_path):
    resource = pytest.importorskip("resource")
    checkout = Checkout(tmp_path, "beside the source")
    full = checkout.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert full == (TANH, 2)
    assert checkout.run() == (TANH, 2)


def test_functions_of_others_are_cached_as_numba_does(tmp_path):
    checkout = Checkout(tmp_path, "beside the source")
    (checkout.folder / "other.py").write_text("from numba import njit\n@njit(cache=True)\ndef f(x):\n    return x\n")
    code = "import cells.lstm, other; print(type(cells.lstm.forward_step._cache), type(other.f._cache))"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=checkout.folder, env=checkout.env, capture_output=True, text=True, check=True)
    assert run.stdout.split("> <") == [
        "<class 'cells.kernels.cache.KernelCache'",
        "class 'numba.core.caching.FunctionCache'>\n",
    ]


def test_kernels_take_what_they_inline_from_their_own_file_or_from_cells():
    """The digest covers no other files: a kernel of `optim` uses its own file, any other one `cells` too."""
    kernels = 0
    for path in (path for package in ("cells", "optim", "minrnn") for path in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        sources = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                here = list(path.relative_to(ROOT).parts[: -node.level]) if node.level else []
                module = [*here, *(node.module or "").split(".")]
                sources |= {alias.asname or alias.name: module[0] for alias in node.names}
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            if any(isinstance(node, ast.Name) and node.id == "njit" for node in map(called, function.decorator_list)):
                kernels += 1
                used = {node.id for line in function.body for node in ast.walk(line) if isinstance(node, ast.Name)}
                found = {sources[name] for name in used if name in sources}
                assert found <= {"cells", "math", "numpy"} - ({"cells"} if "optim" in path.parts else set()), path
    assert kernels > 40


def called(decorator):
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def test_kernels_are_cached_with_this_numba():
    assert KERNEL["cache"]


def test_cells_can_be_imported_again_in_one_process():
    """As a notebook does that reloads what has changed."""
    again = "import sys, cells.lstm; [sys.modules.pop(name) for name in [*sys.modules] if name.startswith('cells')]"
    subprocess.run([sys.executable, "-c", f"{again}; import cells.lstm"], cwd=ROOT, check=True, timeout=60)
