"""A limit on the time that work itself takes: no pause, of this process or of the one that works, makes a page late."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from olmocr_core.sandbox.process_state import read_queued_seconds, stands_still

_Result = TypeVar("_Result")
# Time is counted in steps; one that took this much longer was a pause.
_STEP_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
# Of a step in which the worker had no core at all, so that every wait ends.
_LEAST_SHARE = 0.02


class StoodStill(TimeoutError):
    """The time is over, and the worker stood still for as long as it was allowed to run."""


async def wait_while_running(work: Coroutine[Any, Any, _Result], seconds: float, worker: int | None = None) -> _Result:
    """Run ``work`` for at most ``seconds`` in which this process and the process ``worker`` run. Raises TimeoutError.

    A pause of this process counts as one step. After it ``work`` gets another one: its result may lie there unread. What
    ``worker`` waits for a core does not count. Nor does a stop of it, until it has lasted for ``seconds``: then StoodStill
    is raised.
    """
    task = asyncio.create_task(work)
    left, still, graced = seconds, 0.0, False
    queued = read_queued_seconds(worker) if worker else 0.0
    try:
        while left > 0:
            step = min(left, _STEP_SECONDS)
            took = await _wait(task, step)
            if task.done():
                return task.result()
            if worker and stands_still(worker):
                still += step
                if still >= seconds:
                    raise StoodStill
                continue
            before, queued = queued, read_queued_seconds(worker) if worker else 0.0
            left -= max(step - (queued - before), step * _LEAST_SHARE)
            if left <= 0 and took > step + _PAUSE_SECONDS and not graced:
                left, graced = _STEP_SECONDS, True
        raise TimeoutError
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _wait(task: asyncio.Task[Any], seconds: float) -> float:
    """Wait for the task for at most ``seconds``; return how long it took."""
    clock = asyncio.get_running_loop().time
    before = clock()
    await asyncio.wait({task}, timeout=seconds)
    return clock() - before
