"""Gathers coroutines, a bounded number at a time: far cheaper than mapping async tasks, and memory stays flat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def gather_bounded(function: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T], limit: int) -> list[R]:
    """Call ``function`` on each item, at most ``limit`` at a time; results in order.

    The first failure cancels the rest. Nothing is lost: what has finished is in the page cache.
    """
    slots = asyncio.Semaphore(limit)

    async def one(item: T) -> R:
        async with slots:
            return await function(item)

    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failures:
        raise _cause(failures) from None
    return [task.result() for task in running]


def _cause(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    # People need one cause; the others are the same fault or follow from it. A signal that ends the process is no fault:
    # Prefect's engine has to see it as itself, or a cancelled flow run counts as crashed.
    signals = (one for one in failures.exceptions if not isinstance(one, Exception))
    return next(signals, failures.exceptions[0])
