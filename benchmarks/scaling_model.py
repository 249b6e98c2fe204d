#!/usr/bin/env python3
"""How much a run gains from more ranks, on paper: a model of the seconds of a step, with your own constants.

    python benchmarks/scaling_model.py
    python benchmarks/scaling_model.py --parameters 12.5 --fixed 60 --row 40 --link "25 GbE:1.5:20"

A step on one rank takes FIXED + ROW x rows milliseconds; `python benchmarks/ranks.py --only rows` measures them. R
ranks then add up their gradients of B bytes: each sends R - 1 slices of B / R bytes to the others, adds up R slices,
and sends their sum to the others. So a step on R ranks takes, with the latency L and the bandwidth W of the link of a
rank, and A bytes added up in a second:

    FIXED + ROW x rows / R  +  2 (R - 1) (L + B / (R W))  +  (R - 1) B / (R A)  +  2 L log2 R

The last term is for the messages with which rank 0 begins the step, and with which all learn the loss. The efficiency
is the time that one rank would need for the same work, divided by R times this.
"""

import argparse
import math
from typing import NamedTuple

RANKS = (2, 4, 8, 16, 32, 64)


class Link(NamedTuple):
    """What connects the ranks: bandwidth of one rank in bytes a second, latency in seconds."""

    name: str
    bandwidth: float
    latency: float


class Constants(NamedTuple):
    """Of a model on one core: parameters, seconds of a step without any row and for each row, bytes added a second."""

    parameters: float
    fixed: float
    row: float
    adds: float


# LSTM 2 x 512, T = 100, V = 83, float32, on one core of Zen 4.
DEFAULT = Constants(3.36e6, 0.087, 0.0185, 8e9)
# Measured between two ranks: shared memory, and TCP on one machine, which stands for 10 GbE. 100 GbE is an assumption:
# a card and a library that bypass the TCP of the system.
LINKS = (Link("shared memory", 3e9, 8e-6), Link("10 GbE", 0.5e9, 30e-6), Link("100 GbE", 5e9, 10e-6))


def exchange(ranks: int, link: Link, c: Constants) -> float:
    """Seconds until all have the sum of the gradients of this many ranks."""
    part = 4 * c.parameters / ranks
    others = ranks - 1
    return others * (2 * (link.latency + part / link.bandwidth) + part / c.adds) + 2 * link.latency * math.log2(ranks)


def efficiency(ranks: int, rows: float, link: Link, c: Constants) -> float:
    """Of ranks that share `rows` in all: 1 if they are `ranks` times as fast as one."""
    alone = c.fixed + c.row * rows
    return alone / ranks / (c.fixed + c.row * math.ceil(rows / ranks) + exchange(ranks, link, c))


def table(title: str, rows_of, links, c) -> list[str]:
    """A table in Markdown: a line for each link, a column for each number of ranks."""
    lines = [f"| {title} | {' | '.join(map(str, RANKS))} |", "|---" * (len(RANKS) + 1) + "|"]
    for link in links:
        shares = (efficiency(R, rows_of(R), link, c) for R in RANKS)
        lines.append(f"| {link.name} | {' | '.join(f'{share:.0%}' for share in shares)} |")
    return lines


def tables(rows: int, links, c: Constants) -> str:
    """All tables of docs/many-machines.md."""
    times = (f"{1e3 * exchange(R, link, c):.0f}" for link in links for R in RANKS)
    exchanges = [f"| exchange, ms | {' | '.join(map(str, RANKS))} |", "|---" * (len(RANKS) + 1) + "|"]
    exchanges += [f"| {link.name} | {' | '.join(next(times) for _ in RANKS)} |" for link in links]
    return "\n".join(
        [
            *exchanges,
            "",
            *table(f"{rows} rows a rank", lambda R: R * rows, links, c),
            "",
            *table(f"{4 * rows} rows a rank", lambda R: 4 * R * rows, links, c),
            "",
            *table(f"{rows} rows in all", lambda R: rows, links, c),
            "",
            *table(f"{8 * rows} rows in all", lambda R: 8 * rows, links, c),
        ]
    )


def a_link(text: str) -> Link:
    """NAME:GB/s:microseconds."""
    name, bandwidth, latency = text.split(":")
    return Link(name, 1e9 * float(bandwidth), 1e-6 * float(latency))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--parameters", type=float, default=DEFAULT.parameters / 1e6, help="millions (default %(default)s)")
    p.add_argument("--fixed", type=float, default=1e3 * DEFAULT.fixed, help="ms of a step, rows apart (%(default)s)")
    p.add_argument("--row", type=float, default=1e3 * DEFAULT.row, help="ms of a row (default %(default)s)")
    p.add_argument("--adds", type=float, default=DEFAULT.adds / 1e9, help="GB added up a second (default %(default)s)")
    p.add_argument("--rows", type=int, default=100, help="rows of a batch (default 100)")
    p.add_argument("--link", type=a_link, action="append", metavar="NAME:GB/s:us", help="what connects the ranks")
    o = p.parse_args()
    c = Constants(1e6 * o.parameters, o.fixed / 1e3, o.row / 1e3, 1e9 * o.adds)
    print(tables(o.rows, o.link or LINKS, c))


if __name__ == "__main__":
    main()
