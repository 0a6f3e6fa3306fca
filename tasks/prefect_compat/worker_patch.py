"""``python -m tasks.prefect_compat.worker_patch worker start ...``: ``prefect worker start`` that survives a retried flow run.

Patches: ``prefect.workers.base.BaseWorker._submit_scheduled_flow_runs``; reads the worker's ``_limiter``.
Why: a flow run that is retried while its first process still ends holds its place on the worker. Prefect's worker then dies
of anyio's RuntimeError "already holding", and every flow run it supervises loses it. No upstream issue is known.
Here such a flow run waits for its place; the worker is offered it again seconds later.
Contract: tests/tasks/prefect_compat/test_worker_patch.py, which also fails when the unpatched worker survives.
Goes when: Prefect's worker skips a flow run that holds a place.
"""

from __future__ import annotations

import sys
from typing import Any

from prefect.workers.base import BaseWorker

from tasks.prefect_compat import DRAINS, apply_to_worker

_submit: Any = BaseWorker._submit_scheduled_flow_runs


async def _submit_others(worker: Any, flow_run_response: list[Any]) -> Any:
    holding = worker._limiter.statistics().borrowers if worker._limiter else ()
    return await _submit(worker, [entry for entry in flow_run_response if entry.flow_run.id not in holding])


def defer_held_flow_runs() -> None:
    """Have workers of this process leave a flow run that holds one of their places for later."""
    worker: Any = BaseWorker
    worker._submit_scheduled_flow_runs = _submit_others


if __name__ == "__main__":
    from prefect.cli import app

    drains = sys.argv[1] == DRAINS
    apply_to_worker(drains=drains)
    sys.argv[: 2 if drains else 1] = ["prefect"]
    app()
