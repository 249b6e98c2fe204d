"""Contenders that take turns, each in a process of its own.

In turns, a slow minute of the machine is slow for everybody. In processes, no side pays for another: the
thread pools of two libraries in one process get in each other's way (a step of 50 ms then took 120 to
580), and so do their limits. A process that waits for its turn keeps what it has built and computes nothing.

A side is (build, arguments): a function at the top of a module, which a new process can import, and what
to call it with there. It returns the step to be timed, a function without arguments.
"""

import multiprocessing
import time
import traceback
from contextlib import ExitStack

import numpy as np
from threadpoolctl import threadpool_limits

WARM_UP = 3  # steps: what is compiled at the first call is ready after these


class Contender:
    """A side in its process. Raises ImportError if a library that it needs is not installed."""

    def __init__(self, build, arguments):
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit the thread pools
        self.pipe, far_end = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(far_end, build, arguments), daemon=True)
        self.process.start()
        far_end.close()  # a process that dies now ends the pipe
        self.answer()

    def turn(self, seconds):
        """Takes as many steps as fit in `seconds`, at least 1 -> the seconds of each."""
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
    """What the process of a side does: builds the step, then takes turns for as long as it is asked to."""
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
    """The seconds of each step; the next one fits if it takes as long as the last."""
    times, now = [], time.perf_counter()
    end = now + seconds
    while not times or now + times[-1] <= end:
        step()
        start, now = now, time.perf_counter()
        times.append(now - start)
    return times


def take_turns(sides, rounds, seconds):
    """The median seconds of a step, {name: ...}, None for a side whose library is not installed.

    `sides` is {name: (build, arguments)}. After a few steps to warm up, each side has `rounds` turns of
    `seconds`, one after the other: A B C A B C ...
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
