"""Several processes under mpiexec, the ranks, share the shards of each batch. Each of them may use several threads.

A rank computes neighbouring shards, and adds up what it can (see tree.py). Then each rank gets its slice of all these
vectors, sums it, and all ranks gather the slices. So every rank has the whole gradient, and makes the same step.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise

import numpy as np

from ..nn.language_model import LanguageModel
from .shards import Shards
from .tree import add_up, subtrees


class StoppedElsewhere(Exception):
    """Rank 0 has stopped to read batches, and has an error of its own for that."""


class Ranks(Shards):
    """The shards of one rank of `comm`: `gradient`, `evaluate` and `logits` must be called by all ranks at once.

    There must be a shard for each rank. `met` is called for each batch that all ranks have agreed to read.
    """

    def __init__(self, comm, model: LanguageModel, count: int, threads: int, met: Callable[[], None] = lambda: None):
        self.comm, self.met = comm, met
        blocks = [range(*ends) for ends in pairwise(count * r // comm.size for r in range(comm.size + 1))]
        super().__init__(model, count, threads, blocks[comm.rank])
        size = model.grads.size
        self.ends = [size * r // comm.size for r in range(comm.size + 1)]
        self.sizes = np.diff(self.ends)
        self.slice = slice(*self.ends[comm.rank :][:2])
        self.trees = [subtrees(block.start, block.stop, count) for block in blocks]
        # Where the slices of other ranks arrive, and, for each of them, how many numbers.
        others = [0 if r == comm.rank else len(trees) for r, trees in enumerate(self.trees)]
        self.received = np.empty((sum(others), self.sizes[comm.rank]), model.dtype)
        self.arriving = [number * self.sizes[comm.rank] for number in others]
        # What is sent: for each other rank, its slice of each own vector. One vector needs no copy.
        own = len(self.trees[comm.rank])
        self.leaving = self.sizes * own
        self.leaving[comm.rank] = 0
        self.sent = np.empty(self.leaving.sum(), model.dtype) if own > 1 else None
        self.origins = np.array(self.ends[:-1]) if own == 1 else np.cumsum(self.leaving) - self.leaving

    def exchange(self, sums: dict[int, np.ndarray]) -> None:
        vectors = [sums[k] for k in self.trees[self.comm.rank]]
        sent = vectors[0]
        if len(vectors) > 1:
            parts = [v[a:b] for r, (a, b) in enumerate(pairwise(self.ends)) if r != self.comm.rank for v in vectors]
            sent = np.concatenate(parts, out=self.sent)
        self.comm.Alltoallv((sent, (self.leaving, self.origins)), (self.received, self.arriving))
        arrived, slices = iter(self.received), {}
        for r, trees in enumerate(self.trees):
            own = r == self.comm.rank
            slices |= {k: sums[k][self.slice] if own else next(arrived) for k in trees}
        total = add_up(slices, self.count, self.count)[0]
        if self.comm.rank:  # On rank 0, shard 0 is the model's own, and there the sum is already.
            self.model.grads[self.slice] = total
        # In place: each rank has its slice where it belongs.
        self.comm.Allgatherv(None, (self.model.grads, self.sizes))

    def together(self, rows: list[Sequence]) -> list[Sequence]:
        return [[*chain(*parts)] for parts in zip(*self.comm.allgather(rows))]

    def agreed(self, batches: Iterable) -> Iterator:
        """Rank 0 may have to stop between two batches. Then all do, and the others raise StoppedElsewhere."""
        if self.comm.rank:
            for batch in batches:
                if not self.comm.bcast(None):
                    raise StoppedElsewhere
                self.met()
                yield batch
            return
        batches = iter(batches)
        while True:
            try:
                batch = next(batches, None)
            except BaseException:
                self.comm.bcast(False)
                raise
            if batch is None:
                return
            self.comm.bcast(True)
            self.met()
            yield batch
