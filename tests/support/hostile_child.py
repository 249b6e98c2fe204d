"""Loads checkpoints, each in its own process that may only read it; prints a JSON line for each.

python hostile_child.py FILE ...     {"outcome": message or "loaded", "memory": bytes, "seconds": s}

A process is a fork of this one, where everything is imported. It has an address space and a time that end
where the loader's promise does, and an audit hook that ends it at the first event but opening the file.
"""

import gc
import json
import os
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from minrnn import checkpoint
from minrnn.system.errors import CheckpointError

MB = 1 << 20
# How `inspect.signature` looks at the constructors of our own cells and vocabularies.
HARMLESS = ("builtins.id", "object.__getattr__")


def permitted(size):
    """Bytes of memory for a file of `size`."""
    return 3 * size + 64 * MB


def address_space():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def watch(path, report):
    def hook(event, arguments):
        if event not in HARMLESS and (event != "open" or arguments[0] != path):
            report(f"audit event {event} {arguments!r}"[:200])
            os._exit(0)

    sys.addaudithook(hook)


def attempt(path, out):
    """In the child: loads the file and writes the outcome."""
    size = os.path.getsize(path)
    space, before, started = address_space() + permitted(size), peak(), time.process_time()

    def report(outcome):
        seconds = time.process_time() - started
        os.write(out, json.dumps({"outcome": outcome, "memory": peak() - before, "seconds": seconds}).encode())

    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    seconds = 5 + size // MB
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    watch(path, report)
    try:
        checkpoint.load(path)
        outcome = "loaded"
    except CheckpointError as error:
        outcome = str(error)
    except BaseException as error:
        outcome = f"not a CheckpointError: {error!r}"[:300]
    report(outcome)
    os._exit(0)


def main():
    gc.freeze()
    for path in sys.argv[1:]:
        inward, out = os.pipe()
        pid = os.fork()
        if not pid:
            attempt(path, out)
        os.close(out)
        with open(inward, "rb") as answer:
            told = answer.read()
        _, status = os.waitpid(pid, 0)
        print(told.decode() or json.dumps({"outcome": f"died of status {status}", "memory": 0, "seconds": 0}))


if __name__ == "__main__":
    main()
