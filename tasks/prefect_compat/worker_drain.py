"""A worker that SIGTERM lets finish the flow runs that it has: for machines whose time ends, such as a scheduler's jobs.

Patches: ``prefect.workers.base.BaseWorker.start``, and ``_submit_scheduled_flow_runs`` of the worker; reads its ``_limiter``.
Why: Prefect's worker ends at SIGTERM at once, whatever its flow runs do; with its machine they are gone, and what they were
reading is asked for again. Here the first SIGTERM ends the worker after its flow runs, the second one as Prefect does.
Contract: tests/tasks/prefect_compat/test_worker_drain.py, and with a real worker tests/integration/test_7_drain.py.
Goes when: Prefect's worker finishes its flow runs on SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from prefect.workers.base import BaseWorker

_LOOK_SECONDS = 0.5
Method = Callable[..., Awaitable[Any]]


def drain_on_sigterm() -> None:
    """Have workers of this process take nothing new after SIGTERM, and end when they have nothing left."""
    worker: Any = BaseWorker
    if worker.start.__name__ != "drain_and_start":
        worker.start = _drain(worker.start)


def _drain(start: Method) -> Method:
    async def drain_and_start(worker: Any, *arguments: Any, **options: Any) -> None:
        draining, loop = asyncio.Event(), asyncio.get_running_loop()
        end_at_once = signal.getsignal(signal.SIGTERM)

        def begin(*_: object) -> None:
            signal.signal(signal.SIGTERM, end_at_once)
            loop.call_soon_threadsafe(draining.set)

        signal.signal(signal.SIGTERM, begin)
        worker._submit_scheduled_flow_runs = _submit_until(draining, worker._submit_scheduled_flow_runs)
        ending = asyncio.create_task(_end_when_idle(worker, draining, options.get("printer", print)))
        try:
            await start(worker, *arguments, **options)
        finally:
            ending.cancel()

    return drain_and_start


def _submit_until(draining: asyncio.Event, submit: Method) -> Method:
    async def submit_until_draining(flow_run_response: list[Any]) -> Any:
        return await submit(flow_run_response=[] if draining.is_set() else flow_run_response)

    return submit_until_draining


async def _end_when_idle(worker: Any, draining: asyncio.Event, say: Callable[[str], None]) -> None:
    await draining.wait()
    running = worker._limiter.borrowed_tokens
    say(f"SIGTERM: takes no more flow runs and ends after the {running} that it has; SIGTERM again ends it at once")
    while worker._limiter.borrowed_tokens:  # noqa: ASYNC110 - the limiter tells nobody
        await asyncio.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
