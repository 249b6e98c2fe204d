"""In another program, training, loading, writing and scoring leave everything as they found it."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

# A program with habits of its own. It prints what differs after our work, and what was raised.
HOST = """
import json, logging, os, random, signal, sys, threading, warnings
sys.path.insert(0, ROOT)
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

WORK = {}
from contextlib import ExitStack
from pathlib import Path
from minrnn.checkpoint.several import load_models
from minrnn.generation.generate import generate_many, side_by_side
from minrnn.generation.score import score
from minrnn.training.start import train

def training():
    with ExitStack() as held:
        sizes = dict(hidden=8, layers=1, batch_size=4, seq_len=8, steps=6, eval_every=3)
        train({"text": [TEXT], "out": "run", "dropout": 0.1, **sizes}, held)

def writing():
    model, vocabulary = load_models([MODEL, MODEL])
    generate_many(model, side_by_side(vocabulary.encode("the"), 20), 30, np.random.default_rng(0), 2)
    score(model, vocabulary, TEXT)

def elsewhere():
    thread = threading.Thread(target=training)
    thread.start()
    thread.join()

def mine(*arguments):
    pass

def state():
    names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGBREAK"]
    return {
        "handlers": [str(signal.getsignal(getattr(signal, n))) for n in names if hasattr(signal, n)],
        "random": str(random.getstate()),
        "numpy.random": str(np.random.get_state()),
        "errors": str(np.geterr()),
        "printing": str(np.get_printoptions()),
        "logging": {name: logging.getLogger(name).level for name in ["", "matplotlib", "numba", "tqdm", "minrnn"]},
        "loggers": str(logging.getLogger().handlers),
        "filters": str(warnings.filters),
        "folder": os.getcwd(),
        "environment": {k: v for k, v in os.environ.items()},
        "streams": [str(sys.stdout), str(sys.stderr)],
        "hook": str([sys.excepthook, threading.excepthook, sys.displayhook]),
        "listeners": {kind: len(found) for kind, found in numba.core.event._registered.items() if found},
        "interval": sys.getswitchinterval(),
        "recursion": sys.getrecursionlimit(),
        "blas": [library["num_threads"] for library in threadpool_info()],
        "threads": sorted(thread.name for thread in threading.enumerate() if not thread.daemon),
    }

if hasattr(signal, "SIGUSR1"):
    signal.signal(signal.SIGUSR1, mine)
signal.signal(signal.SIGINT, mine)
random.seed(1)
np.random.seed(1)
np.seterr(all="raise")
threadpool_limits(2)
logging.getLogger("matplotlib").setLevel(logging.INFO)
warnings.resetwarnings()
warnings.simplefilter("error")
import matplotlib, numba  # Both set an environment or filters of their own.
raised = []
threading.excepthook = lambda failure: raised.append(repr(failure.exc_value))
before = state()
try:
    WHAT()
except BaseException as error:
    raised.append(repr(error))
after = state()
print(json.dumps([raised, {name: [before[name], after[name]] for name in before if before[name] != after[name]}]))
"""


@pytest.mark.parametrize("what", ["training", "elsewhere", "writing"])
def test_a_host_stays_as_it_was(what, trained, text_file, tmp_path):
    values = {"ROOT": str(ROOT), "TEXT": str(text_file), "MODEL": str(trained / "last.pkl")}
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    code = "\n".join([*lines, HOST.replace("WHAT()", f"{what}()")])
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    raised, changed = json.loads(result.stdout.splitlines()[-1])
    assert not raised and not changed
    assert (tmp_path / "run" / "loss.png").exists() == (what != "writing")
