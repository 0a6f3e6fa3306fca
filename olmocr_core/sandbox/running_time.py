"""A time limit that stands still with this process: neither Ctrl-Z nor a paused machine makes a page late."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
# Time is counted in steps; one that took this much longer was a pause.
_STEP_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


async def wait_while_running(work: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
    """Run ``work`` for at most ``seconds`` in which this process itself runs. Raises TimeoutError, and what ``work`` raises.

    A pause counts as one step. After it ``work`` gets another one: its result may lie there unread.
    """
    task = asyncio.create_task(work)
    left, graced = seconds, False
    try:
        while left > 0:
            step = min(left, _STEP_SECONDS)
            took = await _wait(task, step)
            if task.done():
                return task.result()
            left -= step
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
