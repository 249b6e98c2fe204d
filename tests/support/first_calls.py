"""Prints which kernels a run of train.py still compiles or loads after its rehearsal, a line of JSON for each run.

Reads lines of JSON, lists of arguments. Each run is a fork, in which no kernel was called yet.
"""

import gc
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from numba.core.dispatcher import Dispatcher

import train
from minrnn.training import trainer


def signatures():
    """How many types of arguments each kernel was compiled for, by its name."""
    kernels = [v for v in gc.get_objects() if isinstance(v, Dispatcher)]
    return {f"{k.py_func.__module__}.{k.py_func.__qualname__}": len(k.overloads) for k in kernels}


def late(arguments):
    """(exit status, kernels with more types of arguments after a run than after its rehearsal, how many had any)."""
    rehearse, before = trainer.rehearse, {}

    def then_count(*given):
        rehearse(*given)
        before.update(signatures())

    trainer.rehearse = then_count
    sys.argv = ["train.py", *arguments]
    status = train.main()
    after = signatures()
    return status, [name for name in after if after[name] > before.get(name, 0)], sum(map(bool, before.values()))


for line in sys.stdin:
    read, write = os.pipe()
    if not os.fork():
        with open(os.devnull, "w") as nowhere, os.fdopen(write, "w") as out:
            sys.stdout = sys.stderr = nowhere
            try:
                outcome = late(json.loads(line))
            except BaseException as error:
                outcome = repr(error)
            out.write(json.dumps(outcome))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        print(answer.read(), flush=True)
    os.wait()
