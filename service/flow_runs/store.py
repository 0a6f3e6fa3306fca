"""Flow runs in the database, and which jobs they read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from service.flow_runs.models import FlowRun
from service.jobs.models import Job
from service.jobs.tables import FLOW_RUNS, JOBS, from_row


class FlowRunStore:
    """Reads and writes flow runs. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, flow: FlowRun, jobs: Sequence[str] = ()) -> None:
        """Store a new flow run, also where an older one has its id, and mark the jobs that it reads."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(FLOW_RUNS).where(FLOW_RUNS.c.id == flow.id))
            await connection.execute(insert(FLOW_RUNS).values(flow.model_dump()))
            for job in jobs:
                await connection.execute(update(JOBS).where(JOBS.c.id == job).values(flow=flow.id))

    async def save(self, flow: FlowRun, url: str = "") -> None:
        """Store the new state of a flow run; ``url`` is where people see it, for its jobs."""
        async with self._engine.begin() as connection:
            changed = update(FLOW_RUNS).where(FLOW_RUNS.c.id == flow.id).values(flow.model_dump())
            await connection.execute(changed)
            if url:
                await connection.execute(update(JOBS).where(JOBS.c.flow == flow.id).values(flow_run=url))

    async def get(self, flow_id: str) -> FlowRun | None:
        """A flow run, or None if it does not exist."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(FLOW_RUNS).where(FLOW_RUNS.c.id == flow_id))).one_or_none()
        return FlowRun.model_validate(dict(row._mapping)) if row else None

    async def all_open(self) -> Sequence[str]:
        """The ids of the flow runs that are open."""
        async with self._engine.connect() as connection:
            chosen = select(FLOW_RUNS.c.id).where(FLOW_RUNS.c.state == "open")
            return list((await connection.execute(chosen)).scalars())

    async def remove(self, flow_id: str) -> None:
        """Delete a flow run."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(FLOW_RUNS).where(FLOW_RUNS.c.id == flow_id))

    async def jobs(self, flow_id: str) -> Sequence[Job]:
        """The jobs of a flow run that have not ended."""
        chosen = select(JOBS).where(JOBS.c.flow == flow_id, JOBS.c.state == "queued").order_by(JOBS.c.created)
        async with self._engine.connect() as connection:
            return [from_row(row) for row in await connection.execute(chosen)]
