"""The runtime of the flow that is running in this process: opened once by a flow, found by its tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from olmocr_core.stages.begin_run import RunRef, read_passwords
from olmocr_core.wiring import Runtime, open_runtime
from tasks.prefect_compat import apply_to_flow_run

_current: ContextVar[Runtime] = ContextVar("olmocr_runtime")


@asynccontextmanager
async def running(ref: RunRef, *, reads: bool = True) -> AsyncIterator[Runtime]:
    """Open the run's runtime for the tasks that are called inside the block; ``reads`` as for ``open_runtime``."""
    # A flow that a person's program calls has no process of ours around it that did this.
    apply_to_flow_run()
    workspace, folder = ref.open()
    settings = folder.header().settings
    async with open_runtime(settings, workspace, read_passwords(settings.password_file), reads=reads) as runtime:
        token = _current.set(runtime)
        try:
            yield runtime
        finally:
            _current.reset(token)


def current() -> Runtime:
    """The runtime of the surrounding ``running`` block; raises LookupError outside of one."""
    return _current.get()
