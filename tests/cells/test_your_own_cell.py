"""The page docs/your-own-cell.md: its code runs, its check finds what it says it finds, and its advice is followed."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from page_cell import BLOCKS, FILE, PAGE, forget

from cells import CELLS, MixGRU
from minrnn.own_cell.fit import refuse_unfit
from minrnn.own_cell.names import own_cell


def run(replace="", by=""):
    """The namespace after the Python blocks of the page, one after the other, with one change."""
    assert len(BLOCKS) >= 5
    assert replace in "".join(BLOCKS)
    names = {"__name__": "your_own_cell"}
    for block in BLOCKS:
        exec(block.replace(replace, by) if replace else block, names)
    return names


def test_the_gradient_check_of_the_page_passes():
    names = run()
    assert names["errors"].keys() == {"Wx", "Wh", "b", "x", "h0"}
    assert max(names["errors"].values()) < 1e-12


@pytest.mark.parametrize(
    "right, wrong",
    [(" - (w * dw).sum(axis=1, keepdims=True)", ""), ("dh_prev + dm * r", "dh_prev")],
    ids=["the sum of the softmax", "a forgotten path"],
)
def test_the_gradient_check_of_the_page_stops_at_a_wrong_gradient(right, wrong):
    with pytest.raises(AssertionError, match="the gradient of Wx is wrong"):
        run(right, wrong)


@pytest.mark.parametrize("symbols", [False, True], ids=["vectors", "symbols"])
def test_the_cell_of_the_page_is_mixgru(symbols, rng):
    T, N, D, H, K = 3, 4, 5, 6, 2
    plain, fast = run()["PlainMixGRU"](D, H, np.float64, rng, K), MixGRU(D, H, np.float64, rng, transforms=K)
    assert plain.params.keys() == fast.params.keys()
    for name, p in plain.params.items():
        p += 0.3 * rng.standard_normal(p.shape)
        fast.params[name][:] = p
    x = rng.integers(0, D, (T, N)) if symbols else rng.standard_normal((T, N, D))
    h0, dlast = rng.standard_normal((2, N, H))
    dh = rng.standard_normal((T, N, H))
    results = []
    for cell in (plain, fast):
        h, last = cell.forward(x, h0)
        dx, dh0 = cell.backward(dh, dlast)
        assert (dx is None) == symbols
        results.append([h, last, dh0, *cell.grads.values(), *([] if symbols else [dx])])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_the_cell_of_the_page_goes_one_step_at_a_time(rng):
    T, N, D, H = 4, 3, 5, 6
    cell = run()["PlainMixGRU"](D, H, np.float64, rng, 2)
    x, h0 = rng.integers(0, D, (T, N)), rng.standard_normal((N, H))
    expected, _ = cell.forward(x, h0)
    here = np.zeros((1, N), int)
    h, step = cell.stepper(here, h0)
    for t in range(T):
        here[0] = x[t]
        step()
        np.testing.assert_array_equal(h[0], expected[t])


def test_the_cell_of_the_page_keeps_its_dtype_and_refuses_a_state_of_other_rows(rng):
    T, N, D, H = 4, 3, 5, 6
    cell = run()["PlainMixGRU"](D, H, np.float32, rng, 2)
    h, last = cell.forward(rng.standard_normal((T, N, D)), rng.standard_normal((N, H)))
    dx, dfirst = cell.backward(rng.standard_normal((T, N, H)), rng.standard_normal((N, H)))
    assert {v.dtype for v in (h, last, dx, dfirst, cell.activations()["h"])} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match=rf"state h has shape \(1, {H}\); expected \({N}, {H}\)"):
        cell.forward(np.zeros((T, N, D)), np.zeros((1, H)))


def test_two_mistakes_that_agree_are_not_found():
    """As the page says: z and 1 - z swapped in both passes make another cell, whose gradient is right."""
    text = "\n".join(BLOCKS[:-1])
    swaps = {
        "h = (1 - z) * n + z * h_prev": "h = z * n + (1 - z) * h_prev",
        "dh * (1 - z), dh * (h_prev - n), dh * z": "dh * z, dh * (n - h_prev), dh * (1 - z)",
    }
    for right, swapped in swaps.items():
        assert text.count(right) == 1
        text = text.replace(right, swapped)
    names = {"__name__": "your_own_cell"}
    exec(text, names)
    assert max(names["errors"].values()) < 1e-12


@pytest.fixture
def page_file(tmp_path):
    """The file that the page tells its reader to write, in an empty folder. The cell is forgotten afterwards."""
    known = dict(CELLS)
    (tmp_path / "mine.py").write_text(FILE)
    yield tmp_path / "mine.py"
    forget(known)


def test_the_cell_of_the_page_keeps_all_promises(page_file):
    name = own_cell(f"{page_file}:PlainMixGRU")
    for options in ({}, {"transforms": 1}):
        refuse_unfit(name, options, symbols=True)


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_it_says(page_file, script, text_file):
    (block,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    small = ["--layers", 1, "--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--steps", 3, "--quiet"]
    more = {"TEXT": small, "--resume": ["--steps", 5, "--quiet"], "minrnn.inspect": ["--symbols", 99, "--lags", 3]}
    said = []
    for line in block.splitlines():
        words = shlex.split(line)[1:]
        words = words[1:] if words[0] == "-m" else words
        added = next((more[word] for word in words if word in more and words[0] in ("train.py", word)), [])
        program, *arguments = (str(text_file) if word == "TEXT" else word for word in words)
        result = script(program, *arguments, *added)
        assert result.returncode == 0, line + result.stderr
        said.append(result.stdout)
    assert len(said) == 5
    assert said[0].endswith("every gradient is right\n") and "to train" not in said[0]
    assert len(said[3]) >= 500 and "written: lag.png, gates.png" in said[4]


# What the table of the page tells to add: {file: (before what, what)}.
ADDED = {
    "cells/__init__.py": ('        "mogrifier": ', '        "plainmixgru": "cells.plainmixgru:PlainMixGRU",\n'),
    "minrnn/gradcheck/reference.py": ('    "mogrifier": mogrifier_step', '    "plainmixgru": mixgru_step,\n'),
    "tests/cells/test_cells.py": (
        "    if both_ways(name):\n        half",
        '    if name == "plainmixgru":\n        return shapes_of("mixgru", options)\n',
    ),
    "tests/inspect/test_readings.py": (
        '@pytest.mark.parametrize("name", [name for name',
        'SQUASHED["plainmixgru"], CANDIDATES["plainmixgru"] = "rz", "n"\n\n\n',
    ),
    "tests/test_house.py": ('        "mogrifier",', '        "plainmixgru",\n'),
    "minrnn/options/training_options.py": ("mixgru: input transforms", "plainmixgru, "),
}  # fmt: skip


@pytest.mark.slow
def test_a_cell_that_is_registered_as_the_page_says_passes_the_tests_of_all_cells(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "runs", "*.egg-info"))
    table = PAGE[PAGE.index("## A name for it") :]
    for file, (before, what) in {"cells/plainmixgru.py": ("", FILE), **ADDED}.items():
        assert f"| `{file}` |" in table or f"[`{file}`]" in table
        path = copy / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert not before or text.count(before) >= 1, file
        path.write_text(text.replace(before, what + before, 1))
    path = copy / "tests/options/test_tables.py"
    path.write_text(path.read_text(encoding="utf-8").replace('["mixgru"]}', '["mixgru", "plainmixgru"]}'))
    env = {**os.environ, "PYTHONPATH": str(copy)}
    how = dict(cwd=copy, env=env, capture_output=True, text=True, timeout=600)
    page = subprocess.run([sys.executable, "-m", "minrnn.options"], **how)
    (copy / "docs/options.md").write_text(page.stdout)
    tests = ["tests/test_house.py", "tests/cells/test_cells.py", "tests/inspect/test_readings.py", "tests/options"]
    pytest_quiet = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run([*pytest_quiet, *tests, "-k", "plainmixgru or house or tables"], **how)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr
    assert int(re.search(r"(\d+) passed", result.stdout)[1]) > 60
