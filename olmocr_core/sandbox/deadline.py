"""A time limit inside a worker, for libraries whose result is useful but optional."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block after ``seconds`` of CPU time. Only for Python code in the main thread of a worker.

    A process that is stopped, or waits for others, uses no time. It cannot interrupt code inside a C extension; the
    pool's own limit ends that.
    """
    before = signal.signal(signal.SIGPROF, _raise_timeout)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _raise_timeout(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("exceeded the time limit")
