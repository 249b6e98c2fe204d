"""Several runs of train.py, one after the other, on the ranks of one mpiexec: their arguments are lines of JSON in a file.

Before each, if the arguments begin with "only N", this rank goes to its death at step N.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import train
from minrnn.system.command import run_script
from minrnn.training.ranks import on_ranks


def main():
    status = 0
    for line in Path(sys.argv[1]).read_text().splitlines():
        sys.argv[1:] = json.loads(line)
        status = on_ranks(train.train)
    return status


if __name__ == "__main__":
    run_script(main)
