"""Contenders that take turns, each in a process of its own.

Because they take turns, a slow minute of the machine is slow for everybody. Because they have processes of
their own, no side slows down another: the thread pools of two libraries in one process get in each other's
way (a step of 50 ms then took 120 to 580), and so do their limits. A process that waits for its turn keeps
what it has built and computes nothing.

A side is (build, arguments): a function at the top of a module, which a new process can import, and its
arguments. It returns the step to be timed, which is a function without arguments.
"""

import multiprocessing
import time
import traceback
from contextlib import ExitStack

import numpy as np
from threadpoolctl import threadpool_limits

WARM_UP = 3  # steps: what is compiled at the first call is ready after these


class Contender:
    """A side in its process. Raises ImportError if its library is not installed."""

    def __init__(self, build, arguments):
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit the thread pools
        self.pipe, far_end = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(far_end, build, arguments), daemon=True)
        self.process.start()
        far_end.close()  # so that the pipe ends if the process dies
        self.answer()

    def turn(self, seconds):
        """Takes as many steps as fit into `seconds`, at least 1; returns the seconds of each."""
        self.pipe.send(seconds)
        return self.answer()

    def answer(self):
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        self.process.terminate()
        self.process.join()


def serve(pipe, build, arguments):
    """The work of the process: builds the step, then takes turns until the pipe is closed."""
    try:
        step = build(*arguments)
        pipe.send("ready")
        while True:
            pipe.send(timed(step, pipe.recv()))
    except (EOFError, KeyboardInterrupt):
        pass
    except ImportError as error:
        pipe.send(error)
    except Exception:
        pipe.send(RuntimeError(f"in the process of {build.__name__}{arguments}:\n{traceback.format_exc()}"))


def timed(step, seconds):
    """The seconds of each step. The next step fits if it would end in time when it is as long as the last."""
    times, now = [], time.perf_counter()
    end = now + seconds
    while not times or now + times[-1] <= end:
        step()
        start, now = now, time.perf_counter()
        times.append(now - start)
    return times


def take_turns(sides, rounds, seconds):
    """{name: median seconds of a step}, None for a side whose library is not installed.

    `sides` is {name: (build, arguments)}. After a few steps to warm up, each side has `rounds` turns of
    `seconds`, in the order A B C A B C ...
    """
    contenders, times = {}, {}
    with ExitStack() as stack:
        for name, side in sides.items():
            try:
                contenders[name] = Contender(*side)
            except ImportError:
                continue
            stack.callback(contenders[name].close)
            times[name] = []
            for _ in range(WARM_UP):
                contenders[name].turn(0)
        for _ in range(rounds):
            for name, contender in contenders.items():
                times[name] += contender.turn(seconds)
    return {name: np.median(times[name]) if name in times else None for name in sides}


def product(size, threads):
    """A step that multiplies two float32 matrices (size, size)."""
    threadpool_limits(threads)
    a, b = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
    return lambda: a @ b
