"""``python -m tasks.prefect_compat.run_flow MODULE``: a flow run that outlives its worker and still hears of its own state.

A worker reads what its flow runs print. When it is killed, their next line of log would meet a broken pipe, by which rich
ends the process: hours of work for a line that is on the Prefect server anyway. What the worker would have told its flow
run afterwards, the flow run asks the server for (tasks/run_watchdog.py).
"""

from __future__ import annotations

import gc
import io
import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from uuid import UUID


class Outliving(io.FileIO):
    """A file descriptor for writing, from the moment on that its reader is gone to nowhere."""

    def write(self, data: object) -> int:
        """Write, or pretend to; the number of bytes comes back."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def outliving(descriptor: int) -> TextIO:
    """Text that is written line by line to a descriptor."""
    raw = Outliving(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Imports: what they make stays, and looking through it for garbage again and again is a seventh of their time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def watched(run: str | None) -> Iterator[None]:
    """Watch over the flow run of that id while the block runs; over nothing without one."""
    if not run:
        yield
        return
    # Imported before the thread begins: two threads that import Prefect at once would meet half of it.
    with uncollected():
        from tasks.prefect_compat.idempotency import check_seconds
        from tasks.run_watchdog import Watcher

    watcher = Watcher(UUID(run), check_seconds())
    watcher.start()
    try:
        yield
    finally:
        watcher.finish()


def main() -> None:
    """Run the module that is named; its name stays on the command line, where people and tools look for it."""
    sys.stdout, sys.stderr = outliving(1), outliving(2)
    del sys.argv[0]
    with watched(os.environ.get("PREFECT__FLOW_RUN_ID")):
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
