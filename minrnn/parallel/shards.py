"""A batch cut into shards: fixed slices of its rows. One thread computes a shard from start to end.

A shard owns its activations and its gradient and shares the weights. Threads only decide who
computes which shard, and gradients are summed in a fixed order (see tree.py). So the same shards give
the same bytes on any number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy import ndarray
from threadpoolctl import threadpool_limits

from ..nn.language_model import LanguageModel
from .tree import add_up
from .worker import Helper


class Shards:
    """`count` replicas of a model compute the batches of a run on `threads` threads.

    A run uses `zero_states`, `gradient`, `evaluate` and `logits`; another engine needs these and no more.
    The constructor limits the linear algebra of the whole process to one thread, for good: two pools of
    threads at once are slower than one.
    """

    def __init__(self, model: LanguageModel, count: int, threads: int, own: range | None = None):
        threadpool_limits(1, user_api="blas")
        self.model, self.count = model, count
        # The numbers of the shards that are computed here: all, if there are no other processes.
        self.own = own or range(count)
        self.replicas = [model] + [model.replica() for _ in self.own[1:]]
        for replica in self.replicas:
            replica.reuse_memory()
        # The calling thread computes too.
        self.helpers = [Helper() for _ in range(min(threads, len(self.own)) - 1)]

    def zero_states(self, N: int) -> list:
        """For each shard, the state of its streams when N streams start here."""
        return [r.zero_state(part.shape[1]) for r, part in zip(self.replicas, self.cut(np.empty((1, N))))]

    def gradient(self, x: ndarray, y: ndarray, states: list, rngs: list) -> tuple[float, float, list]:
        """Forward and backward over one batch: x, y integers (T, N), a state and a generator (or None) a shard.

        Returns (mean loss in nats a symbol, the share of right predictions, the states after the
        batch) and leaves the gradient in `model.grads`.
        """
        total = x.size

        def work(replica, x, y, state, rng):
            replica.grads[:] = 0
            return replica.loss_and_gradient(x, y, state, rng, total)

        rngs = [rngs[k] for k in self.own]
        losses, corrects, states = zip(*self.map(work, self.cut(x), self.cut(y), states, rngs))
        grads = {k: replica.grads for k, replica in zip(self.own, self.replicas)}
        self.exchange(add_up(grads, self.own.stop, self.count))
        losses, corrects = zip(*self.together(list(zip(losses, corrects))))
        return sum(losses), sum(corrects) / total, list(states)

    def evaluate(self, batches: Iterable[tuple[ndarray, ndarray]]) -> tuple[float, float]:
        """(mean loss in nats a symbol, the share of right predictions) over (x, y) batches, without dropout.

        The state is zero before the first batch; each batch passes it on to the next.
        """
        states, total, table = None, 0, []
        for x, y in batches:
            states = self.zero_states(x.shape[1]) if states is None else states
            outcomes = self.map(lambda replica, *batch: replica.loss(*batch), self.cut(x), self.cut(y), states)
            losses, corrects, states = zip(*outcomes)
            table.append(list(zip(losses, corrects)))
            total += x.size
        loss, correct = 0.0, 0
        for row in zip(*self.together(list(zip(*table)))):
            losses, corrects = zip(*row)
            loss, correct = loss + sum(losses), correct + sum(corrects)
        return loss / total, correct / total

    def logits(self, x: ndarray, states: list) -> ndarray:
        """logits (T, N, V) of x integers (T, N) from a state a shard, without dropout."""
        outcomes = self.map(lambda replica, x, state: replica.forward(x, state)[0], self.cut(x), states)
        return np.concatenate(self.together(outcomes), axis=1)

    def cut(self, v: ndarray) -> list[ndarray]:
        """The shards of v (T, N): contiguous slices of its rows, whose sizes differ by one at most."""
        least, more = divmod(v.shape[1], self.count)
        ends = [k * least + min(k, more) for k in range(self.own.start, self.own.stop + 1)]
        return [v[:, start:end] for start, end in pairwise(ends)]

    def exchange(self, sums: dict[int, ndarray]) -> None:
        """Leaves the sum of all gradients in `model.grads`, from those of the subtrees that are computed here."""

    def together(self, rows: list) -> list:
        """What belongs to each shard, from what belongs to the shards that are computed here."""
        return rows

    def map(self, work: Callable, *columns: list) -> list:
        """[work(replica, *row) for each shard], on the threads, in the order of the shards."""
        tasks = list(zip(self.replicas, *columns))
        if not self.helpers:
            return [work(*task) for task in tasks]
        results = [None] * len(tasks)
        # All threads take from it, and None ends a thread. An iterator would not be safe without Python's lock.
        todo = deque([*range(len(tasks)), *[None] * (len(self.helpers) + 1)])

        def compute():
            for k in iter(todo.popleft, None):
                results[k] = work(*tasks[k])

        outcomes = [helper.give(compute) for helper in self.helpers]
        try:
            compute()
        finally:
            errors = [outcome.get() for outcome in outcomes]  # Always wait: the helpers may be in the replicas.
        for error in filter(None, errors):
            raise error
        return results
