"""A batch cut into shards: fixed slices of its rows. One thread computes a shard from start to end.

A shard owns its activations and its gradient and shares the weights. Threads only decide who
computes which shard, and gradients are summed in a fixed order (see tree.py). So the same shards give
the same bytes on any number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy import ndarray

from ..nn.language_model import LanguageModel
from ..nn.sampled_softmax import Sampler
from .pools import one_blas_thread
from .tree import add_up
from .worker import Helper


class Shards:
    """`count` replicas of a model compute the batches of a run on `threads` threads.

    A run uses `own`, `zero_states`, `set_dropout`, `gradient`, `evaluate` and `logits`; another engine needs no more.
    The model is the first replica. The others reuse their memory; whether the model does is up to its owner.
    `own` are the numbers of the shards that are computed here: all of them, unless other processes compute the rest.
    """

    def __init__(self, model: LanguageModel, count: int, threads: int, own: range | None = None):
        self.model, self.count = model, count
        self.own = range(count) if own is None else own
        self.replicas = [model] + [model.replica() for _ in self.own[1:]]
        for replica in self.replicas[1:]:
            replica.reuse_memory()
        # The calling thread computes too.
        self.helpers = [Helper() for _ in range(min(threads, len(self.own)) - 1)]

    def zero_states(self, N: int) -> list:
        """For each own shard, the state of its streams when N streams start here."""
        return [r.zero_state(part.shape[1]) for r, part in zip(self.replicas, self.cut(np.empty((1, N))))]

    def set_dropout(self, p: float) -> None:
        """Another dropout for the gradients to come: see `LanguageModel.set_dropout`."""
        for replica in self.replicas:
            replica.set_dropout(p)

    def gradient(
        self, x: ndarray, y: ndarray, states: list, rngs: list, sampler: Sampler | None = None
    ) -> tuple[float, float, list]:
        """Forward and backward over one batch: x, y integers (T, N), a state and a generator (or None) for each own
        shard.

        A `sampler` needs the generators: see `LanguageModel.loss_and_gradient`.

        Returns (mean loss in nats a symbol, the share of right predictions, the states after the
        batch) and leaves the gradient in `model.grads`.
        """
        total = x.size

        def work(replica, x, y, state, rng):
            replica.grads[:] = 0
            return replica.loss_and_gradient(x, y, state, rng, total, sampler)

        losses, corrects, states = zip(*self.map(work, self.cut(x), self.cut(y), states, rngs))
        grads = {k: replica.grads for k, replica in zip(self.own, self.replicas)}
        self.exchange(add_up(grads, self.own.stop, self.count))
        losses, corrects = self.together([losses, corrects])
        return sum(losses), sum(corrects) / total, list(states)

    def evaluate(self, batches: Iterable[tuple[ndarray, ndarray]]) -> tuple[float, float]:
        """(mean loss in nats a symbol, the share of right predictions) over (x, y) batches, without dropout.

        The state is zero before the first batch; each batch passes it on to the next.
        """
        states, total, table = None, 0, []
        for x, y in self.agreed(batches):
            states = self.zero_states(x.shape[1]) if states is None else states
            outcomes = self.map(lambda replica, *batch: replica.loss(*batch), self.cut(x), self.cut(y), states)
            losses, corrects, states = zip(*outcomes)
            table += [losses, corrects]
            total += x.size
        loss, correct, table = 0.0, 0, self.together(table)
        for losses, corrects in zip(table[::2], table[1::2]):
            loss, correct = loss + sum(losses), correct + sum(corrects)
        return loss / total, correct / total

    def logits(self, x: ndarray, states: list) -> ndarray:
        """logits (T, N, V) of x integers (T, N) from a state a shard, without dropout."""
        outcomes = self.map(lambda replica, x, state: replica.forward(x, state)[0], self.cut(x), states)
        (outcomes,) = self.together([outcomes])
        return np.concatenate(outcomes, axis=1)

    def cut(self, v: ndarray) -> list[ndarray]:
        """The own shards of v (T, N): contiguous slices of its rows, whose sizes differ by one at most."""
        least, more = divmod(v.shape[1], self.count)
        ends = [k * least + min(k, more) for k in range(self.own.start, self.own.stop + 1)]
        return [v[:, start:end] for start, end in pairwise(ends)]

    # What several processes must do together.

    def exchange(self, sums: dict[int, ndarray]) -> None:
        """Leaves the sum of all gradients in `model.grads`; `sums` are those of the own subtrees (see tree.py)."""

    def together(self, rows: list[Sequence]) -> list[Sequence]:
        """Rows with an entry a shard, from rows with an entry for each own shard."""
        return rows

    def agreed(self, batches: Iterable) -> Iterable:
        """The batches, as long as nobody stops."""
        return batches

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
