"""``python -m tasks.prefect_compat.run_flow prefect.engine``: a flow run that outlives its worker.

Relies on: the module ``prefect.engine``, which runs the flow run named by ``PREFECT__FLOW_RUN_ID``; a work pool's variable
``command`` that starts it (deployments/prefect.yaml).
Why: a worker reads what its flow runs print. When the worker is killed, the next line meets a broken pipe, and rich ends
the process: hours of work lost for a line that is on the server anyway. What the worker would have told the flow run, the
watchdog asks the server for (tasks/run_watchdog.py). One Python starts instead of three, too (PrefectHQ/prefect #21944).
Contract: tests/tasks/prefect_compat/test_run_flow.py, and tests/tasks/test_run_watchdog.py on a real server.
Goes when: Prefect's flow runs survive the death of their worker.
"""

from __future__ import annotations

import gc
import io
import os
import runpy
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from uuid import UUID

_FLOW_RUN_ID = "PREFECT__FLOW_RUN_ID"


class UnbreakableWriter(io.FileIO):
    """Writes to a file descriptor; once its reader is gone, what is written is discarded."""

    def write(self, data: object) -> int:
        """Write, or discard; returns the number of bytes either way."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def unbreakable_stream(descriptor: int) -> TextIO:
    """A line-buffered text stream to a descriptor that ignores a broken pipe."""
    raw = UnbreakableWriter(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """For imports: their objects stay, and collecting garbage among them takes a seventh of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def watched_flow_run(run_id: str | None) -> Iterator[None]:
    """Patch this process and run the watchdog of a flow run inside the block; without an id do nothing."""
    if not run_id:
        yield
        return
    # Imported before the thread starts: two threads that import Prefect at once would see half of it.
    with garbage_collection_paused():
        from tasks.prefect_compat import apply_to_flow_run
        from tasks.run_watchdog import RunWatchdog, check_seconds

        apply_to_flow_run()
    watchdog = RunWatchdog(UUID(run_id), check_seconds())
    watchdog.start()
    try:
        yield
    finally:
        watchdog.finish()


def main() -> None:
    """Run the named module. Its name stays on the command line, where people and tools look for it."""
    sys.stdout, sys.stderr = unbreakable_stream(1), unbreakable_stream(2)
    del sys.argv[0]
    with watched_flow_run(os.environ.get(_FLOW_RUN_ID)):
        # The patches have imported Prefect's flow engine, and with it the module that runs now; it keeps no state there.
        warnings.filterwarnings(
            "ignore", message=".*found in sys.modules after import of package", category=RuntimeWarning
        )
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
