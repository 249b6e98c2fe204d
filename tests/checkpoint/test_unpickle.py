"""The reader of checkpoints reads ours as `pickle.load` does, within its bounds of memory and time."""

import ast
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from checkpoints import sealed, small_body, small_checkpoint
from conftest import ROOT

from cells import CELLS
from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.checkpoint.machine import ACTIONS
from minrnn.checkpoint.schema import shapes
from minrnn.checkpoint.unpickle import loads
from minrnn.nn.build import build

MB = 1 << 20
PACKAGES = ("minrnn", "cells", "optim", "data", "benchmarks")


def same(a, b):
    """Whether two trees are equal in values, types, dtypes and the order of arrays in memory."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        order = [(v.flags.c_contiguous, v.flags.f_contiguous, v.flags.writeable) for v in (a, b)]
        return a.dtype == b.dtype and np.array_equal(a, b) and a.shape == b.shape and order[0] == order[1]
    return a == b


CHECKPOINTS = [
    *({"cell": cell} for cell in CELLS),
    *({"optimizer": name} for name in ("sgd", "rmsprop", "adagrad")),
    {"schedule": "plateau", "layers": 2, "embed": 5, "level": "word"},
    {"level": "byte", "cell": "gru", "gru_reset": "before", "tie_weights": True, "embed": 3, "dropout": 0.5},
]


@pytest.mark.parametrize("given", CHECKPOINTS, ids=str)
def test_a_checkpoint_loads_equal_to_what_plain_pickle_gives(given, tmp_path):
    body = small_body(**given)
    (tmp_path / "a.pkl").write_bytes(sealed(body))
    assert same(checkpoint.load(tmp_path / "a.pkl"), pickle.loads(body))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("order", "<>")
def test_arrays_of_floats_in_all_orders_load(kind, order, rng):
    v = rng.integers(0, 2, (2, 3, 4)).astype(order + kind)
    arrays = [v, v.T, v.transpose(1, 0, 2), v[0, 0, 0:1], np.asarray(v[0, 0, 0]), v[:0], v[1, :, ::2], v[0].T.copy("F")]
    body = pickle.dumps(arrays, protocol=4)
    found = loads(body)
    assert same(found, pickle.loads(body))
    assert all(v.flags.owndata for v in found)
    views = loads(body, copy=False)
    assert not any(v.flags.writeable for v in views)
    for v, expected in zip(views, arrays):
        np.testing.assert_array_equal(v, expected)


@pytest.mark.parametrize("kind", ["i1", "i8", "u4", "b1", "c8", "S3", "M8[s]"])
def test_arrays_of_anything_else_are_refused(kind):
    with pytest.raises(ValueError, match="a dtype that no checkpoint has"):
        loads(pickle.dumps(np.zeros(3, kind), protocol=4))


def test_numbers_and_texts_come_back():
    tree = {
        "whole": [0, 255, 256, 65535, 65536, -1, 2**31, -(2**31) - 1, 2**62, -(2**63), 2**63 - 1],
        "real": [0.0, -1.5, 1e300, float("inf")], "rest": [None, True, False],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "text": ["", "a", "e\u0301\u20ac\U0001f600\udc80", "x" * 300, "y" * 70_000], "nested": {"a": {"b": [[], {}]}},
    }  # fmt: skip
    assert same(loads(pickle.dumps(tree, protocol=4)), tree)


def test_a_number_of_more_than_8_bytes_is_refused():
    with pytest.raises(ValueError, match="number of 9 bytes"):
        loads(pickle.dumps(2**64, protocol=4))


def test_the_machine_has_34_opcodes():
    print(f"{len(ACTIONS) + 2} opcodes")
    assert len(ACTIONS) + 2 == 34  # and STOP, and the PROTO at the start


def test_the_project_unpickles_checkpoints_in_no_other_way():
    for path in (*ROOT.glob("*.py"), *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))):
        if path == ROOT / "cells" / "kernels" / "cache.py":
            continue  # It reads compiled kernels, which this machine wrote.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = f"{node.value.id}.{node.attr}"
                assert name not in ("pickle.load", "pickle.loads", "pickle.Unpickler", "np.load", "marshal.loads"), path
            if isinstance(node, ast.ImportFrom):
                assert node.module not in ("pickle", "marshal", "shelve"), path


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("embed, tied", [(0, False), (7, False), (0, True)])
def test_the_shapes_that_are_expected_are_those_of_the_model(cell, embed, tied):
    embed = 5 * (2 if cell.startswith("bi") else 1) if tied else embed
    model = {"V": 11, "cell": cell, "layers": 3, "hidden": 5, "embed": embed, "tie_weights": tied}
    weights = build(model).weights()
    assert dict(shapes({"config": {"model": model}})) == {name: w.shape for name, w in weights.items()}


def watched(path):
    """The outcome of loading a file in a process that may do nothing else; asserts the bound of memory."""
    command = [sys.executable, ROOT / "tests" / "support" / "hostile_child.py", path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    told = json.loads(result.stdout)
    assert told["outcome"] == "loaded", told
    size = os.path.getsize(path)
    print(f"{size / MB:.1f} MB: {told['memory'] / MB:.1f} MB of memory, {told['seconds']:.2f} s")
    assert told["memory"] <= 3 * size + 64 * MB
    return told


@pytest.mark.slow
def test_64_megabytes_of_weights_load_in_little_more_than_their_size(tmp_path):
    path = tmp_path / "large.pkl"
    path.write_bytes(sealed(small_body(hidden=1180, steps_done=0)))
    assert path.stat().st_size > 64 * MB
    assert watched(path)["seconds"] < 3


@pytest.mark.slow
def test_one_word_of_13_megabytes_loads(tmp_path):
    words = ["a", "b", "x" * 13_000_000]
    saved = small_checkpoint(text="a b " * 200 + "c", level="word")
    symbols = saved["vocab"]["symbols"]
    symbols[symbols.index("c")] = words[2]
    path = tmp_path / "long.pkl"
    path.write_bytes(file.encoded(saved))
    watched(path)


@pytest.mark.slow
def test_700_000_words_of_a_very_small_model_load(tmp_path):
    """Without large weights, whose size would pay for the memory of the words."""
    words = " ".join(f"w{k:06}" for k in range(700_000))
    body = small_body(text=words, steps_done=0, level="word", cell="rnn", hidden=1, optimizer="sgd", momentum=0.0)
    path = tmp_path / "words.pkl"
    path.write_bytes(sealed(body))
    assert watched(path)["seconds"] < 15
