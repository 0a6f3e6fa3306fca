"""``python -m tasks.prefect_compat.worker_patch ...``: ``prefect ...``, with a worker that survives a retried flow run.

A flow run that is retried while its first process has not yet ended holds its place on the worker still. Prefect's worker
dies of that, and every flow run that it minds loses it. Here such a flow run waits until its place is free.
"""

from __future__ import annotations

import sys
from typing import Any

from prefect.workers.base import BaseWorker


def keep_workers_steady() -> None:
    """Have workers of this process leave a flow run for later that holds one of their places."""
    submit: Any = BaseWorker._submit_scheduled_flow_runs

    async def submit_others(worker: Any, flow_run_response: list[Any]) -> Any:
        holding = worker._limiter.statistics().borrowers if worker._limiter else ()
        return await submit(worker, [entry for entry in flow_run_response if entry.flow_run.id not in holding])

    BaseWorker._submit_scheduled_flow_runs = submit_others  # type: ignore[method-assign]


if __name__ == "__main__":
    from prefect.cli import app

    keep_workers_steady()
    sys.argv[0] = "prefect"
    app()
