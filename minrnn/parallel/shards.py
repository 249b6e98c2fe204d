"""A batch cut into shards: fixed slices of its rows, each computed by one thread from start to end.

A shard owns its activations and its gradient and shares the weights. Threads only decide who
computes which shard, and gradients are summed in the order of the shards: the same shards give
the same bytes on any number of threads.
"""

from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from ..nn.output import softmax_cross_entropy
from .worker import Helper


class Shards:
    """`count` replicas of a model, for batches of any number of rows, on `threads` threads."""

    def __init__(self, model, count, threads):
        # Two pools of threads at once are slower than one: the linear algebra stays on ours.
        threadpool_limits(1, user_api="blas")
        self.model = model
        self.replicas = [model] + [model.replica() for _ in range(count - 1)]
        for replica in self.replicas:
            replica.reuse_memory()
        # The calling thread computes too.
        self.helpers = [Helper() for _ in range(min(threads, count) - 1)]

    def map(self, work, *columns):
        """[work(replica, *row) for each shard], on the threads, in the order of the shards."""
        tasks = list(zip(self.replicas, *columns))
        results = [None] * len(tasks)
        todo = iter(range(len(tasks)))

        def compute():
            for k in todo:
                results[k] = work(*tasks[k])

        outcomes = [helper.give(compute) for helper in self.helpers]
        try:
            compute()
        finally:
            errors = [outcome.get() for outcome in outcomes]  # in any case: nobody may meet them in the replicas
        for error in filter(None, errors):
            raise error
        return results

    def cut(self, v):
        """The shards of v (T, N): contiguous slices of its rows, as equal as can be."""
        least, more = divmod(v.shape[1], len(self.replicas))
        ends = [k * least + min(k, more) for k in range(len(self.replicas) + 1)]
        return [v[:, start:end] for start, end in pairwise(ends)]

    def zero_states(self, N):
        """For each shard, the state of its streams when N streams begin here."""
        return [r.zero_state(part.shape[1]) for r, part in zip(self.replicas, self.cut(np.empty((1, N))))]

    def gradient(self, x, y, states, rngs):
        """Forward and backward over one batch: x, y integers (T, N), a state and a generator a shard.

        Returns (mean loss in nats a symbol, the share of right predictions, the states after the
        batch) and leaves the gradient in `model.grads`.
        """

        def work(replica, x, y, state, rng):
            replica.grads[:] = 0
            logits, state = replica.forward(x, state, rng)
            loss, correct, dlogits = softmax_cross_entropy(logits, replica.targets(x, y), total)
            replica.backward(dlogits)
            return loss, correct, state

        total = x.size
        losses, corrects, states = zip(*self.map(work, self.cut(x), self.cut(y), states, rngs))
        for replica in self.replicas[1:]:
            self.model.grads += replica.grads
        return sum(losses), sum(corrects) / total, list(states)

    def logits(self, x, states):
        """logits (T, N, V) of x integers (T, N) from a state a shard; nothing is dropped."""
        outcomes = self.map(lambda replica, x, state: replica.forward(x, state)[0], self.cut(x), states)
        return np.concatenate(outcomes, axis=1)

    def evaluate(self, batches):
        """(mean loss in nats a symbol, the share of right predictions) over (x, y) batches.

        The state is zero before the first batch and carried from each to the next.
        """

        def work(replica, x, y, state):
            logits, state = replica.forward(x, state)
            loss, correct, _ = softmax_cross_entropy(logits, replica.targets(x, y), 1)
            return loss, correct, state

        states, loss, correct, total = None, 0.0, 0, 0
        for x, y in batches:
            states = self.zero_states(x.shape[1]) if states is None else states
            losses, corrects, states = zip(*self.map(work, self.cut(x), self.cut(y), states))
            loss, correct, total = loss + sum(losses), correct + sum(corrects), total + x.size
        return loss / total, correct / total
