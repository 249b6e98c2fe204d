#!/usr/bin/env python3
"""Writes text with a model that train.py has learned, or scores a text with it.

Generated text, and nothing else, goes to stdout as it is produced; the prompt goes to stderr.
"""

import sys
from itertools import islice

from minrnn.script import Parser, count, fraction, named, positive, rate, run_script


def main():
    p = parser()
    o = p.parse_args()
    if o.greedy and (o.temperature, o.top_k, o.top_p) != (1.0, 0, 1.0):
        p.error("--greedy takes the likeliest symbol: leave out --temperature, --top-k and --top-p")
    if o.num > 1 and (o.greedy or not o.length):
        p.error("--num is for samples that differ and end: leave out --greedy and --length 0")
    if o.score:
        others = [
            name for name, value in vars(o).items() if name not in ("model", "score") and value != p.get_default(name)
        ]
        if others:
            p.error(f"--score writes nothing: leave out --{others[0].replace('_', '-')}")

    # Imported after the arguments are checked, so that a wrong one is told at once.
    import numpy as np

    from minrnn.generate import generate
    from minrnn.pretrained import load_model
    from minrnn.score import score
    from minrnn.writer import write, write_many

    model, vocabulary = load_model(o.model)
    if o.score:
        print(score(model, vocabulary, o.score))
        return 0
    prime = vocabulary.encode(o.prime)
    if not len(prime):
        prime = vocabulary.opening()
    choice = dict(temperature=o.temperature, top_k=o.top_k, top_p=o.top_p, greedy=o.greedy)
    symbols = generate(model, prime, o.num, np.random.default_rng(o.seed), **choice)
    sys.stderr.write(o.prime)
    sys.stderr.flush()
    writer = write if o.num == 1 else write_many
    writer(islice(symbols, o.length or None), vocabulary, o.stop)
    return 0


def parser():
    p = Parser(prog="sample.py", description=__doc__)
    o = p.add_argument
    o("model", metavar="MODEL.pkl", help="a checkpoint of train.py")
    o("--length", type=count, default=500, metavar="N", help="symbols to write; 0: until Ctrl-C (default 500)")
    o("--prime", default="", metavar="TEXT", help="what the model reads first (default: a line end)")
    o("--temperature", type=rate, default=1.0, metavar="X", help="below 1 careful, above 1 daring (default 1)")
    o("--top-k", type=count, default=0, metavar="K", help="choose among the K likeliest symbols (default 0: all)")
    o("--top-p", type=fraction, default=1.0, metavar="P", help="choose among the likeliest that hold P (default 1)")
    o("--greedy", action="store_true", help="always take the likeliest symbol")
    o("--seed", type=count, metavar="N", help="the same seed writes the same text (default: another each time)")
    o("--num", type=positive, default=1, metavar="K", help="write K samples, computed side by side (default 1)")
    o("--stop", type=named, metavar="TEXT", help="stop before this text")
    o("--score", type=named, metavar="FILE", help="write nothing; tell how well the model predicts this text")
    return p


if __name__ == "__main__":
    run_script(main)
