"""Several processes under mpiexec, the ranks, share the shards of each batch. Each of them may use several threads.

A rank computes neighbouring shards, and adds up what it can (see tree.py). Then each rank gets its slice of all these
vectors, sums it, and all ranks gather the slices. So every rank has the whole gradient, and makes the same step.
"""

from itertools import pairwise

import numpy as np

from ..nn.language_model import LanguageModel
from .shards import Shards
from .tree import add_up, subtrees


class Ranks(Shards):
    """The shards of one rank of `comm`: `gradient` and `evaluate` must be called by all ranks at once."""

    def __init__(self, comm, model: LanguageModel, count: int, threads: int):
        self.comm = comm
        self.blocks = [range(*ends) for ends in pairwise(count * r // comm.size for r in range(comm.size + 1))]
        super().__init__(model, count, threads, self.blocks[comm.rank])
        size = model.grads.size
        self.ends = [size * r // comm.size for r in range(comm.size + 1)]
        self.sizes = np.diff(self.ends)
        self.trees = [subtrees(block.start, block.stop, count) for block in self.blocks]
        mine = self.sizes[comm.rank]
        self.received = np.empty((sum(map(len, self.trees)), mine), model.dtype)
        self.sent = np.empty(size * len(self.trees[comm.rank]), model.dtype) if len(self.trees[comm.rank]) > 1 else None

    def exchange(self, sums: dict[int, np.ndarray]) -> None:
        vectors = [sums[k] for k in self.trees[self.comm.rank]]
        sent = vectors[0]
        if len(vectors) > 1:
            # For each rank its slice of every vector.
            sent = np.concatenate([v[a:b] for a, b in pairwise(self.ends) for v in vectors], out=self.sent)
        counts = [len(trees) * self.sizes[self.comm.rank] for trees in self.trees]
        self.comm.Alltoallv((sent, self.sizes * len(vectors)), (self.received, counts))
        slices = dict(zip((k for trees in self.trees for k in trees), self.received))
        total = add_up(slices, self.count, self.count)[0]
        self.comm.Allgatherv(total, (self.model.grads, self.sizes))

    def together(self, rows: list) -> list:
        return [row for part in self.comm.allgather(rows) for row in part]
