"""Jobs in the database. Every method is one transaction; when it returns, what it wrote survives a power cut."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from service.jobs.models import Job, State
from service.jobs.tables import CALLBACKS, JOBS, from_row, to_row

# Databases bound the parameters of a statement.
_AT_ONCE = 500


class JobStore:
    """Reads and writes jobs by their id."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, job: Job) -> None:
        """Store a new job. Raises IntegrityError for one that is stored already."""
        async with self._engine.begin() as connection:
            await connection.execute(insert(JOBS).values(to_row(job)))

    async def get(self, job_id: str) -> Job | None:
        """The job, or None if it does not exist."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(JOBS).where(JOBS.c.id == job_id))).one_or_none()
        return from_row(row) if row else None

    async def get_all(self, job_ids: Sequence[str]) -> list[Job]:
        """The jobs of these ids that exist, in no order."""
        found = []
        async with self._engine.connect() as connection:
            for start in range(0, len(job_ids), _AT_ONCE):
                chosen = select(JOBS).where(JOBS.c.id.in_(job_ids[start : start + _AT_ONCE]))
                found += [from_row(row) for row in await connection.execute(chosen)]
        return found

    async def save(self, job: Job) -> None:
        """Store the new state of a job; does nothing for one that was forgotten meanwhile."""
        async with self._engine.begin() as connection:
            await connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(to_row(job)))

    async def remove(self, job_id: str) -> None:
        """Delete a job and its callbacks."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(CALLBACKS).where(CALLBACKS.c.target_id == job_id))
            await connection.execute(delete(JOBS).where(JOBS.c.id == job_id))

    async def find(self, *states: State) -> Sequence[Job]:
        """The jobs in these states, the oldest first."""
        chosen = select(JOBS).where(JOBS.c.state.in_(states)).order_by(JOBS.c.created, JOBS.c.id)
        async with self._engine.connect() as connection:
            return [from_row(row) for row in await connection.execute(chosen)]

    async def of_document(self, document: str) -> Sequence[Job]:
        """The jobs of a document, the oldest first."""
        chosen = select(JOBS).where(JOBS.c.document == document).order_by(JOBS.c.created, JOBS.c.id)
        async with self._engine.connect() as connection:
            return [from_row(row) for row in await connection.execute(chosen)]

    async def ended_before(self, when: float) -> Sequence[str]:
        """The ids of the jobs that ended before a time, in seconds since 1970."""
        async with self._engine.connect() as connection:
            return list((await connection.execute(select(JOBS.c.id).where(JOBS.c.finished < when))).scalars())

    async def documents(self) -> frozenset[str]:
        """The documents that some job names."""
        async with self._engine.connect() as connection:
            return frozenset((await connection.execute(select(JOBS.c.document).distinct())).scalars())
