"""The runtime of the flow that runs in this process: a flow opens it once, its tasks find it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from olmocr_core.stages.begin_run import RunRef, read_passwords
from olmocr_core.wiring import Runtime, open_runtime
from tasks.prefect_compat import apply_to_flow_run

_current: ContextVar[Runtime] = ContextVar("olmocr_runtime")


@asynccontextmanager
async def open_flow_runtime(ref: RunRef, *, reads: bool = True) -> AsyncIterator[Runtime]:
    """Open the run's runtime for the tasks that are called inside the block; ``reads`` as for ``open_runtime``."""
    # Needed when a person's own program calls a flow. Processes that the project starts have done this already.
    apply_to_flow_run()
    workspace, folder = ref.open()
    settings = folder.header().settings
    async with open_runtime(settings, workspace, read_passwords(settings.password_file), reads=reads) as runtime:
        token = _current.set(runtime)
        try:
            yield runtime
        finally:
            _current.reset(token)


def current_runtime() -> Runtime:
    """The runtime of the surrounding ``open_flow_runtime`` block; raises LookupError outside of one."""
    return _current.get()
