"""Where jobs are handed in, asked for and taken back. What it accepts is on the disk before it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from olmocr_core.storage.durability import place_durably
from olmocr_core.storage.full_disk import explain_full_disk
from service.flow_runs.desk import FlowDesk
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job, JobOptions, Priority, job_id
from service.jobs.progress import JobProgress
from service.jobs.runners import Runners
from service.jobs.store import JobStore
from service.problems import Problem
from service.uploads.receive import Upload


class QueueFull(Problem):
    """As many jobs wait as may wait: answered as such, wherever it shows."""

    def __init__(self, most_queued: int) -> None:
        detail = f"{most_queued} documents wait already; send this one again in a while"
        super().__init__(429, detail, {"Retry-After": "30"})


class FoundJob(NamedTuple):
    """A job as it is now, and its progress while it is neither done, failed nor cancelled."""

    job: Job
    progress: JobProgress | None


class JobDesk:
    """The same bytes with the same options are one job, however often and at once they are handed in."""

    def __init__(
        self, store: JobStore, folder: DataFolder, runners: Runners, most_queued: int, flows: FlowDesk
    ) -> None:
        self._store = store
        self._folder = folder
        self._runners = runners
        self._most_queued = most_queued
        self._flows = flows
        # A document is neither placed while it is forgotten nor the other way round.
        self._lock = asyncio.Lock()

    async def recover(self) -> None:
        """After a start: go on with what was accepted, and finish what was being forgotten."""
        for job in await self._store.find("cancelled"):
            await self._erase(job)
        known = await self._store.documents()
        await asyncio.to_thread(self._folder.forget_orphans, known)
        flows = await self._flows.recover()
        for job in await self._store.find("queued"):
            runner = self._runners.of(job)
            (runner.track if job.flow in flows else runner.add)(job)

    def check_room(self, jobs: int = 1) -> None:
        """Raise QueueFull if so many further jobs may not wait."""
        if self._runners.waiting + jobs > self._most_queued:
            raise QueueFull(self._most_queued)

    async def accept(
        self, upload: Upload, options: JobOptions, priority: Priority = "normal", flow: str = ""
    ) -> FoundJob:
        """The job of an upload: a new one, or the one that the same bytes and options have already.

        One that waits already goes forward to a higher priority, never back. ``flow``: a new one waits for this flow run,
        which the caller opens. Raises QueueFull for a new one, and DiskFull.
        """
        async with self._lock:
            document = self._folder.document(upload.sha256)
            if not await asyncio.to_thread(document.is_file):
                self.check_room()
                with explain_full_disk("the document"):
                    await asyncio.to_thread(place_durably, upload.path, document)
            return await self._take(upload.sha256, upload.filename, upload.size_bytes, options, priority, flow)

    async def accept_held(self, sha256: str, options: JobOptions, priority: Priority = "normal") -> FoundJob | None:
        """The job of a document that is here already; None if it is not. Raises QueueFull for a new one."""
        async with self._lock:
            known = await self._store.of_document(sha256)
            if not known:
                return None
            return await self._take(sha256, known[0].filename, known[0].size_bytes, options, priority)

    async def find(self, wanted: str) -> FoundJob | None:
        """A job as it is now; None if there is none, or if it is being deleted."""
        return next(iter(await self.find_all([wanted])), None)

    async def find_all(self, wanted: Sequence[str]) -> list[FoundJob]:
        """Jobs as they are now; those that do not exist or are being deleted are missing."""
        # Taken before the rows are read: a job that ends in between has its end in the row or rings the bell.
        before = {job_id: progress for job_id in wanted if (progress := self._runners.progress(job_id))}
        jobs = [job for job in await self._store.get_all(wanted) if job.state != "cancelled"]
        return [self._as_it_is(job, before.get(job.id)) for job in jobs]

    async def of_document(self, sha256: str) -> list[FoundJob]:
        """The jobs of a document."""
        found = [await self.find(job.id) for job in await self._store.of_document(sha256)]
        return [one for one in found if one]

    async def wait(self, wanted: str, seconds: float) -> FoundJob | None:
        """A job once it has ended, or as it is after ``seconds``; None if it was cancelled meanwhile."""
        progress = self._runners.progress(wanted)
        if progress and seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(progress.wait_for_end(), seconds)
        return await self.find(wanted)

    async def ended_before(self, when: float) -> Sequence[str]:
        """The ids of the jobs that ended before a time, in seconds since 1970."""
        return await self._store.ended_before(when)

    async def forget(self, wanted: str) -> bool:
        """Cancel a job and delete what it left; its document, too, where no other job needs it. False if there is none."""
        async with self._lock:
            job = await self._store.get(wanted)
            if job is None:
                return False
            await self._mark_cancelled(job)
            await self._runners.of(job).cancel(wanted)
            await self._erase(job)
            return True

    async def _take(
        self, sha256: str, filename: str, size_bytes: int, options: JobOptions, priority: Priority, flow: str = ""
    ) -> FoundJob:
        job = Job(
            id=job_id(sha256, options),
            document=sha256,
            options=options,
            filename=filename,
            size_bytes=size_bytes,
            created=time.time(),
            priority=priority,
            flow=flow,
        )
        known = await self._store.get(job.id)
        if known and not await self._is_outdated(known):
            return await self._take_known(known, priority)
        self.check_room()
        await (self._store.save(job) if known else self._store.add(job))
        runner = self._runners.of(job)
        (runner.track if flow else runner.add)(job)
        return FoundJob(job, self._runners.progress(job.id))

    def _as_it_is(self, job: Job, progress: JobProgress | None = None) -> FoundJob:
        if job.is_final:
            return FoundJob(job, None)
        progress = progress or self._runners.progress(job.id)
        return FoundJob(_with_progress(job, progress), progress)

    async def _take_known(self, job: Job, priority: Priority) -> FoundJob:
        raised = job.model_copy(update={"priority": priority})
        if not job.is_final and self._runners.of(job).lanes.raise_priority(raised):
            await self._store.save(raised)
            job = raised
        return self._as_it_is(job)

    async def _is_outdated(self, job: Job) -> bool:
        """Whether a job that ended is read anew: it has no record, or other settings read its pages."""
        if not job.is_final:
            return False
        reader = self._runners.of(job).reader
        is_other = reader is not None and job.recipe != reader.recipe_digest
        return is_other or not await asyncio.to_thread(self._folder.result(job.id).is_file)

    async def _erase(self, job: Job) -> None:
        # Again: the job may have ended meanwhile.
        await self._mark_cancelled(job)
        await asyncio.to_thread(self._folder.result(job.id).unlink, missing_ok=True)
        if all(other.id == job.id for other in await self._store.of_document(job.document)):
            await asyncio.to_thread(self._folder.forget_document, job.document)
        await self._flows.forget(job)
        await self._store.remove(job.id)

    async def _mark_cancelled(self, job: Job) -> None:
        """The row says so first: a deletion that a kill interrupts is finished at the next start."""
        await self._store.save(job.model_copy(update={"state": "cancelled"}))


def _with_progress(job: Job, progress: JobProgress | None) -> Job:
    if progress is None or job.is_final:
        return job
    state = "running" if progress.running else "queued"
    return job.model_copy(update={"state": state, "pages": progress.pages, "pages_done": len(progress.finished)})
