"""The threads of the linear algebra (BLAS): one while we compute, and as many as before when we have finished.

Our own threads compute side by side. A second pool of threads below them makes everything slower.
"""

from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


class OneThread:
    """While any thread is inside, BLAS has one thread.

    BLAS knows a single limit for the whole process. So the first thread in sets it, and the last one out restores
    what the program around us had. A thread may enter again: that takes half a microsecond.
    """

    def __init__(self):
        self.lock, self.inside = Lock(), 0

    def __enter__(self) -> None:
        with self.lock:
            if not self.inside:
                self.limit = libraries().limit(limits=1)
            self.inside += 1

    def __exit__(self, *error) -> None:
        with self.lock:
            self.inside -= 1
            if not self.inside:
                self.limit.restore_original_limits()


@cache
def libraries() -> ThreadpoolController:
    """The BLAS libraries of this process. Apple's Accelerate is none of them: see `system.command.run_script`."""
    return ThreadpoolController().select(user_api="blas")


one_blas_thread = OneThread()
