"""A batch cut into shards: fixed slices of its rows. One thread computes a shard from start to end.

A shard owns its activations and its gradient and shares the weights. Threads only decide who
computes which shard, and gradients are summed in the order of the shards. So the same shards give
the same bytes on any number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy import ndarray

from ..nn.language_model import LanguageModel
from ..nn.sampled_softmax import Sampler
from .pools import one_blas_thread
from .worker import Helper


class Shards:
    """`count` replicas of a model compute the batches of a run on `threads` threads.

    A run uses `zero_states`, `gradient`, `evaluate` and `logits`; another engine needs these and no more.
    The model is the first replica. The others reuse their memory; whether the model does is up to its owner.
    """

    def __init__(self, model: LanguageModel, count: int, threads: int):
        self.model = model
        self.replicas = [model] + [model.replica() for _ in range(count - 1)]
        for replica in self.replicas[1:]:
            replica.reuse_memory()
        # The calling thread computes too.
        self.helpers = [Helper() for _ in range(min(threads, count) - 1)]

    def zero_states(self, N: int) -> list:
        """For each shard, the state of its streams when N streams start here."""
        return [r.zero_state(part.shape[1]) for r, part in zip(self.replicas, self.cut(np.empty((1, N))))]

    def gradient(
        self, x: ndarray, y: ndarray, states: list, rngs: list, sampler: Sampler | None = None
    ) -> tuple[float, float, list]:
        """Forward and backward over one batch: x, y integers (T, N), a state and a generator (or None) a shard.

        A `sampler` needs the generators: see `LanguageModel.loss_and_gradient`.

        Returns (mean loss in nats a symbol, the share of right predictions, the states after the
        batch) and leaves the gradient in `model.grads`.
        """
        total = x.size

        def work(replica, x, y, state, rng):
            replica.grads[:] = 0
            return replica.loss_and_gradient(x, y, state, rng, total, sampler)

        losses, corrects, states = zip(*self.map(work, self.cut(x), self.cut(y), states, rngs))
        for replica in self.replicas[1:]:
            self.model.grads += replica.grads
        return sum(losses), sum(corrects) / total, list(states)

    def evaluate(self, batches: Iterable[tuple[ndarray, ndarray]]) -> tuple[float, float]:
        """(mean loss in nats a symbol, the share of right predictions) over (x, y) batches, without dropout.

        The state is zero before the first batch; each batch passes it on to the next.
        """
        states, loss, correct, total = None, 0.0, 0, 0
        for x, y in batches:
            states = self.zero_states(x.shape[1]) if states is None else states
            outcomes = self.map(lambda replica, *batch: replica.loss(*batch), self.cut(x), self.cut(y), states)
            losses, corrects, states = zip(*outcomes)
            loss, correct, total = loss + sum(losses), correct + sum(corrects), total + x.size
        return loss / total, correct / total

    def logits(self, x: ndarray, states: list) -> ndarray:
        """logits (T, N, V) of x integers (T, N) from a state a shard, without dropout."""
        outcomes = self.map(lambda replica, x, state: replica.forward(x, state)[0], self.cut(x), states)
        return np.concatenate(outcomes, axis=1)

    def cut(self, v: ndarray) -> list[ndarray]:
        """The shards of v (T, N): contiguous slices of its rows, whose sizes differ by one at most."""
        count = len(self.replicas)
        least, more = divmod(v.shape[1], count)
        ends = [k * least + min(k, more) for k in range(count + 1)]
        return [v[:, start:end] for start, end in pairwise(ends)]

    def map(self, work: Callable, *columns: list) -> list:
        """[work(replica, *row) for each shard], on the threads, in the order of the shards."""
        tasks = list(zip(self.replicas, *columns))
        with one_blas_thread:
            return self.spread(work, tasks) if self.helpers else [work(*task) for task in tasks]

    def spread(self, work: Callable, tasks: list[tuple]) -> list:
        """[work(*task) for each task]; each thread takes the next one until none is left."""
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
