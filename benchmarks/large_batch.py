#!/usr/bin/env python3
"""What a larger batch costs in learning: the validation loss after equally many symbols, by the rows of a batch.

    python benchmarks/large_batch.py tinyshakespeare
    python benchmarks/large_batch.py TEXT --rows 50 200 800 --symbols 20e6 -- --hidden 512

What stands behind -- goes to train.py. A batch of k times as many rows makes 1/k as many steps. Each is trained with
the learning rate as it is, and with one that is sqrt(k) times as high.
"""

import argparse

from trained import split_arguments, trained


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text")
    p.add_argument("--rows", type=int, nargs="+", default=[50, 200, 800], help="rows of the batches")
    p.add_argument("--symbols", type=float, default=10e6, help="symbols to learn from (default 10e6)")
    p.add_argument("--seq-len", type=int, default=64, help="symbols of a row (default 64)")
    p.add_argument("--lr", type=float, default=2e-3, help="learning rate of the fewest rows (default 0.002)")
    given, more = split_arguments()
    o = p.parse_args(given)
    print("| rows | steps | learning rate | best validation loss | seconds |\n|---|---|---|---|---|", flush=True)
    for rows in o.rows:
        k = rows / o.rows[0]
        steps = max(1, round(o.symbols / (rows * o.seq_len)))
        # A validation after each twentieth of the run, and a warm-up of at most a tenth of it.
        sizes = [f"--batch-size={rows}", f"--seq-len={o.seq_len}", f"--steps={steps}"]
        sizes += [f"--eval-every={max(1, steps // 20)}", f"--warmup={min(20, steps // 10)}"]
        for lr in sorted({o.lr, o.lr * k**0.5}):
            result = trained(o.text, *sizes, f"--lr={lr:g}", *more)
            loss, seconds = result["best_loss"], result["seconds"]
            print(f"| {rows} | {steps} | {lr:.2g} | {loss:.4f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
