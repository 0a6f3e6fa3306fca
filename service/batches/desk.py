"""Where batches are handed in, asked for and taken back: each document is a job as if it had come alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from olmocr_core.domain.models import ErrorInfo
from service.batches.models import Batch, BatchItem, batch_id
from service.batches.store import BatchStore
from service.flow_runs.desk import FlowDesk
from service.jobs.desk import FoundJob, JobDesk
from service.jobs.models import JobOptions, Priority, job_id
from service.uploads.receive import Upload


class Refused(NamedTuple):
    """A file of a batch that is no document, and why."""

    filename: str
    error: ErrorInfo


class FoundBatch(NamedTuple):
    """A batch, and its jobs as they are now by their ids; one that was deleted is missing."""

    batch: Batch
    jobs: dict[str, FoundJob]

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return all(found.job.is_final for found in self.jobs.values())


class BatchDesk:
    """Batches over the desk of jobs."""

    def __init__(self, store: BatchStore, desk: JobDesk, flows: FlowDesk) -> None:
        self._store = store
        self._desk = desk
        self._flows = flows

    async def accept(
        self, members: Sequence[Upload | Refused], options: JobOptions, priority: Priority = "normal"
    ) -> FoundBatch:
        """The batch of these documents: a new one, or the one that holds the same already.

        Raises QueueFull before anything is accepted, and DiskFull; sent again, it goes on.
        """
        self._desk.check_room(sum(isinstance(member, Upload) for member in members))
        items = tuple(_item(member, options) for member in members)
        batch = Batch(id=batch_id(items), created=time.time(), items=items)
        is_flow = self._flows.takes_batch(len(batch.jobs)) and not options.engine and not options.pages
        flow = batch.id if is_flow else ""
        uploads = [member for member in members if isinstance(member, Upload)]
        jobs = [(await self._desk.accept(upload, options, priority, flow)).job for upload in uploads]
        await self._store.add(batch)
        if any(job.flow == batch.id and not job.is_final for job in jobs) and flow:
            await self._flows.open(flow, ())
        found = await self.find(batch.id)
        assert found
        return found

    async def find(self, wanted: str) -> FoundBatch | None:
        """A batch as it is now; None if there is none."""
        batch = await self._store.get(wanted)
        if batch is None:
            return None
        return FoundBatch(batch, {found.job.id: found for found in await self._desk.find_all(batch.jobs)})

    async def wait(self, wanted: str, seconds: float) -> FoundBatch | None:
        """A batch once all of it has ended, or as it is after ``seconds``."""
        found = await self.find(wanted)
        waits = [job.progress.wait_for_end() for job in found.jobs.values() if job.progress] if found else []
        if not waits:
            return found
        tasks = [asyncio.create_task(wait) for wait in waits]
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        return await self.find(wanted)

    async def forget_empty(self, made_before: float) -> None:
        """Delete batches from before a time, in seconds since 1970, of which no job is left."""
        for wanted in await self._store.made_before(made_before):
            found = await self.find(wanted)
            if found and not found.jobs:
                await self._store.remove(wanted)

    async def forget(self, wanted: str) -> bool:
        """Cancel and delete a batch, with every job that no other batch holds. False if there is none."""
        batch = await self._store.get(wanted)
        if batch is None:
            return False
        for job in batch.jobs:
            if await self._store.of_job(job) == [wanted]:
                await self._desk.forget(job)
        # Last: a deletion that a kill interrupts can be asked for again.
        await self._store.remove(wanted)
        return True


def _item(member: Upload | Refused, options: JobOptions) -> BatchItem:
    if isinstance(member, Refused):
        return BatchItem(filename=member.filename, error=member.error)
    return BatchItem(filename=member.filename, job=job_id(member.sha256, options))
