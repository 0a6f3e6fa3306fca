"""Callbacks in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from service.callbacks.models import Callback, Target
from service.jobs.models import FINAL
from service.jobs.tables import BATCH_ITEMS, CALLBACKS, JOBS

_FINAL = sorted(FINAL - {"cancelled"})


class CallbackStore:
    """Reads and writes callbacks. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, callback: Callback, most: int) -> bool:
        """Store a callback; the same one that still waits is enough. False if its target has ``most`` others that wait."""
        waiting = select(CALLBACKS.c.url).where(
            *_of(callback.target, callback.target_id), CALLBACKS.c.state == "waiting"
        )
        async with self._engine.begin() as connection:
            known = set((await connection.execute(waiting)).scalars())
            if callback.url in known:
                return True
            if len(known) >= most:
                return False
            await connection.execute(insert(CALLBACKS).values(callback.model_dump()))
            return True

    async def save(self, callback: Callback) -> None:
        """Store the new state of a callback; does nothing for one whose target was deleted meanwhile."""
        async with self._engine.begin() as connection:
            changed = update(CALLBACKS).where(CALLBACKS.c.id == callback.id).values(callback.model_dump())
            await connection.execute(changed)

    async def due(self, now: float, most: int) -> Sequence[Callback]:
        """At most so many callbacks whose target has ended and whose time has come, the longest due first."""
        chosen = (
            _ready(select(CALLBACKS)).where(CALLBACKS.c.not_before <= now).order_by(CALLBACKS.c.not_before).limit(most)
        )
        return await self._find(chosen)

    async def next_time(self) -> float | None:
        """When the first callback whose target has ended is due, in seconds since 1970; None if there is none."""
        chosen = _ready(select(func.min(CALLBACKS.c.not_before)))
        async with self._engine.connect() as connection:
            found: float | None = (await connection.execute(chosen)).scalar()
        return found

    async def of(self, target: Target, target_id: str) -> Sequence[Callback]:
        """The callbacks of a document or batch, the oldest first."""
        return await self._find(select(CALLBACKS).where(*_of(target, target_id)).order_by(CALLBACKS.c.created))

    async def _find(self, chosen: Select[Any]) -> Sequence[Callback]:
        async with self._engine.connect() as connection:
            return [Callback.model_validate(dict(row._mapping)) for row in await connection.execute(chosen)]


def _of(target: Target, target_id: str) -> tuple[ColumnElement[bool], ...]:
    return CALLBACKS.c.target == target, CALLBACKS.c.target_id == target_id


def _ready(chosen: Select[Any]) -> Select[Any]:
    """Of the callbacks that wait, those whose target has ended."""
    job = exists().where(JOBS.c.id == CALLBACKS.c.target_id, JOBS.c.state.in_(_FINAL))
    unfinished = exists().where(
        BATCH_ITEMS.c.batch == CALLBACKS.c.target_id, BATCH_ITEMS.c.job == JOBS.c.id, JOBS.c.state.not_in(_FINAL)
    )
    return chosen.where(
        CALLBACKS.c.state == "waiting",
        or_(and_(CALLBACKS.c.target == "document", job), and_(CALLBACKS.c.target == "batch", ~unfinished)),
    )
