"""The runtime of the flow that runs in this process: a flow opens it once, its tasks find it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import ContextVar

from prefect.runtime import deployment

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.reading.retry_policy import Backoff
from olmocr_core.stages.begin_run import RunRef, read_passwords
from olmocr_core.wiring import Runtime, open_runtime
from tasks.prefect_compat import apply_to_flow_run

_sleep = asyncio.sleep
_log = logging.getLogger(__name__)
_current: ContextVar[Runtime] = ContextVar("olmocr_runtime")


@asynccontextmanager
async def open_flow_runtime(ref: RunRef, *, reads: bool = True) -> AsyncIterator[Runtime]:
    """Open the run's runtime for the tasks that are called inside the block; ``reads`` as for ``open_runtime``.

    A run of a deployment waits for an engine that does not answer yet, up to ``ladder.connection_seconds``: nobody sits by
    it. A run that a person starts raises EngineUnavailable at once.
    """
    # Needed when a person's own program calls a flow. Processes that the project starts have done this already.
    apply_to_flow_run()
    workspace, folder = ref.open()
    settings = folder.header().settings
    passwords = read_passwords(settings.password_file)
    patience = Backoff(budget_seconds=settings.ladder.connection_seconds if deployment.id else 0)
    async with AsyncExitStack() as stack:
        runtime = await _enter(stack, lambda: open_runtime(settings, workspace, passwords, reads=reads), patience)
        token = _current.set(runtime)
        try:
            yield runtime
        finally:
            _current.reset(token)


async def _enter(
    stack: AsyncExitStack, open_one: Callable[[], AbstractAsyncContextManager[Runtime]], patience: Backoff
) -> Runtime:
    tries, waited = 0, 0.0
    while True:
        try:
            return await stack.enter_async_context(open_one())
        except EngineUnavailable as error:
            tries += 1
            wait = patience.next_wait(tries, waited, error.retry_after, random.SystemRandom())
            if wait is None:
                raise
            _log.warning("%s; asking again in %.0f s", error, wait)
            waited += wait
            await _sleep(wait)


def current_runtime() -> Runtime:
    """The runtime of the surrounding ``open_flow_runtime`` block; raises LookupError outside of one."""
    return _current.get()
