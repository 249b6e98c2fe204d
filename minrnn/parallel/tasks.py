"""Independent pieces of work on all threads of all ranks: groups of samples, and the pieces of a text to score."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import takewhile
from queue import SimpleQueue
from threading import Event

from ..nn.language_model import LanguageModel
from .pools import one_blas_thread


def done(work: Callable[..., Iterable], tasks: list, model: LanguageModel, threads: int, comm=None) -> list[list]:
    """[[*work(replica, task)] for each task], in the order of the tasks, on so many threads.

    A thread takes the next task until none is left, with its own replica of the model. It sees the caller's context
    variables. With `comm`, all ranks must call this at once. Each does its part of the tasks, and all get the whole
    list.
    """
    size, rank = (comm.size, comm.rank) if comm else (1, 0)
    own, stopped, free = tasks[rank::size], Event(), SimpleQueue()
    for _ in range(max(1, min(threads, len(own)))):
        replica = model.replica()
        replica.reuse_memory()
        free.put(replica)

    def one(task):
        replica = free.get()
        try:
            return list(takewhile(lambda _: not stopped.is_set(), work(replica, task)))
        finally:
            free.put(replica)

    with ThreadPoolExecutor(free.qsize()) as pool, one_blas_thread:
        try:
            results = list(pool.map(lambda context, task: context.run(one, task), [copy_context() for _ in own], own))
        except BaseException:
            stopped.set()  # The pool waits for its threads: after Ctrl-C they must not go on to the end.
            raise
    if not comm:
        return results
    everything = comm.allgather(results)
    return [everything[k % size][k // size] for k in range(len(tasks))]
