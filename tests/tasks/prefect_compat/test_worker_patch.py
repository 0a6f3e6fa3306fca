"""Contract: a worker submits what it is offered by ``_submit_scheduled_flow_runs`` and counts places by ``_limiter``."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID, uuid4

import anyio
import pytest
from prefect.workers.process import ProcessWorker

from tasks.prefect_compat import apply_to_worker


async def offered(monkeypatch: pytest.MonkeyPatch, holding: UUID, *runs: UUID) -> list[UUID]:
    """What a worker of two places takes of the flow runs that it is offered, while another one holds a place."""
    worker = ProcessWorker(work_pool_name="cpu", limit=2)
    worker._limiter = anyio.CapacityLimiter(2)
    worker._limiter.acquire_on_behalf_of_nowait(holding)
    taken: list[UUID] = []
    logger = SimpleNamespace(info=lambda *_: None, warning=lambda *_: None)
    monkeypatch.setattr(worker, "get_flow_run_logger", lambda run: logger)
    monkeypatch.setattr(worker, "_runs_task_group", SimpleNamespace(start_soon=lambda _, run: taken.append(run.id)))
    entries = [SimpleNamespace(flow_run=SimpleNamespace(id=run)) for run in runs]
    await worker._submit_scheduled_flow_runs(flow_run_response=entries)  # type: ignore[arg-type]
    return taken


async def test_one_that_holds_a_place_waits_and_the_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    again, other = uuid4(), uuid4()
    # When this raises nothing, Prefect's worker survives by itself: is tasks/prefect_compat/worker_patch.py still needed?
    with pytest.raises(RuntimeError, match="already holding"):
        await offered(monkeypatch, again, again)
    apply_to_worker()
    assert await offered(monkeypatch, again, again, other) == [other]
