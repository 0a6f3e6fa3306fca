"""Batches in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from olmocr_core.domain.models import ErrorInfo
from service.batches.models import Batch, BatchItem
from service.jobs.tables import BATCH_ITEMS, BATCHES, CALLBACKS


class BatchStore:
    """Reads and writes batches. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, batch: Batch) -> None:
        """Store a batch; one that is stored already stays as it is."""
        async with self._engine.begin() as connection:
            known = await connection.execute(select(BATCHES.c.id).where(BATCHES.c.id == batch.id))
            if known.one_or_none() is None:
                await connection.execute(insert(BATCHES).values(id=batch.id, created=batch.created))
                await connection.execute(
                    insert(BATCH_ITEMS), [_to_row(batch, place) for place in range(len(batch.items))]
                )

    async def get(self, batch_id: str) -> Batch | None:
        """The batch, or None if it does not exist."""
        items = select(BATCH_ITEMS).where(BATCH_ITEMS.c.batch == batch_id).order_by(BATCH_ITEMS.c.place)
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(BATCHES).where(BATCHES.c.id == batch_id))).one_or_none()
            if row is None:
                return None
            return Batch(id=row.id, created=row.created, items=tuple(map(_from_row, await connection.execute(items))))

    async def of_job(self, job_id: str) -> Sequence[str]:
        """The ids of the batches that hold a job."""
        chosen = select(BATCH_ITEMS.c.batch).where(BATCH_ITEMS.c.job == job_id).distinct()
        async with self._engine.connect() as connection:
            return list((await connection.execute(chosen)).scalars())

    async def made_before(self, when: float) -> Sequence[str]:
        """The ids of the batches that were made before a time, in seconds since 1970."""
        async with self._engine.connect() as connection:
            return list((await connection.execute(select(BATCHES.c.id).where(BATCHES.c.created < when))).scalars())

    async def remove(self, batch_id: str) -> None:
        """Delete a batch and its callbacks; its jobs are the caller's affair."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(CALLBACKS).where(CALLBACKS.c.target_id == batch_id))
            await connection.execute(delete(BATCH_ITEMS).where(BATCH_ITEMS.c.batch == batch_id))
            await connection.execute(delete(BATCHES).where(BATCHES.c.id == batch_id))


def _to_row(batch: Batch, place: int) -> dict[str, object]:
    item = batch.items[place]
    error = item.error
    return {
        "batch": batch.id,
        "place": place,
        "filename": item.filename,
        "job": item.job,
        "code": error.code if error else None,
        "message": error.message if error else None,
    }


def _from_row(row: object) -> BatchItem:
    values = row._mapping  # type: ignore[attr-defined]
    error = ErrorInfo(code=values["code"], message=values["message"]) if values["code"] else None
    return BatchItem(filename=values["filename"], job=values["job"], error=error)
