"""A shard's flow run that counts as dead, and may live."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed, Crashed, Running

from tasks import shard_runs
from tasks.prefect_compat.idempotency import NO_HEARTBEAT
from tasks.shard_runs import FlowRuns

DEAD: State[Any] = Crashed(message=f"{NO_HEARTBEAT} 5 seconds")


@pytest.mark.parametrize(
    ("after", "end"),
    [
        # It says in time that it lives; it came to its end; it does not; its worker has seen it die.
        ([DEAD, Running(), Completed()], "COMPLETED"),
        ([DEAD, Running(), DEAD, Running(), Completed()], "COMPLETED"),
        ([DEAD, Completed()], "COMPLETED"),
        ([DEAD], "CRASHED"),
        ([Crashed(message="exit code -9"), Completed()], "CRASHED"),
    ],
)
async def test_a_shard_that_counts_as_dead(monkeypatch: pytest.MonkeyPatch, after: list[State[Any]], end: str) -> None:
    told = iter(after)
    last = after[-1]

    async def read(self: FlowRuns, runs: list[UUID]) -> dict[UUID, FlowRun]:
        return {run: FlowRun(id=run, flow_id=uuid4(), state=next(told, last)) for run in runs}

    monkeypatch.setattr(shard_runs, "get_client", lambda: None)
    monkeypatch.setattr(FlowRuns, "_read", read)
    monkeypatch.setattr(shard_runs, "LONGEST_POLL_SECONDS", 0.001)
    monkeypatch.setattr(shard_runs, "revival_seconds", lambda: 0.5)
    ended = await FlowRuns().wait_for_end(FlowRun(flow_id=uuid4(), state=Running()))
    assert ended.state is not None
    assert ended.state.type.value == end
