"""Forgets what ended long ago: documents, results, and batches of which nothing is left."""

from __future__ import annotations

import asyncio
import logging
import time

from service.batches.desk import BatchDesk
from service.jobs.desk import JobDesk

_log = logging.getLogger(__name__)
_DAY = 86400.0
_LONGEST_PAUSE_SECONDS = 3600.0


async def sweep(desk: JobDesk, batches: BatchDesk, keep_days: float) -> None:
    """Delete what ended more than ``keep_days`` days ago, again and again, until this call is cancelled. 0: nothing."""
    while keep_days:
        try:
            await forget_old(desk, batches, time.time() - keep_days * _DAY)
        except Exception:  # noqa: BLE001 - the database or the disk is away: later
            _log.exception("old documents could not be deleted")
        await asyncio.sleep(min(_LONGEST_PAUSE_SECONDS, keep_days * _DAY / 10))


async def forget_old(desk: JobDesk, batches: BatchDesk, before: float) -> None:
    """Delete what ended before a time, in seconds since 1970."""
    for job_id in await desk.ended_before(before):
        await desk.forget(job_id)
    await batches.forget_empty(before)
