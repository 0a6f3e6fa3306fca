"""Reads queued jobs, some at a time, over one reader whose workers and models stay loaded."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass, field

from olmocr_core.domain.errors import OlmocrError, UnreadableDocument
from olmocr_core.domain.models import ErrorInfo, PageRecord
from olmocr_core.stages.document_reader import DocumentReader, OpenDocument
from service.jobs.data_folder import DataFolder
from service.jobs.endings import end_as_read, end_by_error
from service.jobs.lanes import Lanes
from service.jobs.models import Job
from service.jobs.pace import Pace
from service.jobs.page_gate import PageGate
from service.jobs.page_ranges import select_pages
from service.jobs.progress import JobProgress
from service.jobs.store import JobStore
from service.jobs.stored_document import describe_document

_log = logging.getLogger(__name__)
_OPEN_AGAIN_SECONDS = 5.0
# So long after a small document the next one is expected.
_SMALL_SECONDS = 20.0
HandOver = Callable[[Job, int], Awaitable[bool]]
"""Takes a job with so many pages away from the runner; whether it did."""
ReaderOpener = Callable[[], AbstractAsyncContextManager[DocumentReader]]


@dataclass(frozen=True, slots=True)
class RunnerLimits:
    """Jobs in progress; the most pages of a document that is small; for how many hours a job is tried."""

    jobs_at_once: int = 4
    small_pages: int = 20
    retry_hours: float = 24.0

    @property
    def large_at_once(self) -> int:
        """How many of the jobs in progress may be large: half of them, so that small ones always find a place."""
        return max(1, self.jobs_at_once // 2)


@dataclass(frozen=True, slots=True)
class RunnerCounts:
    """What a runner did since its start: jobs by state, finished pages and their seconds by route."""

    ended: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    page_seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def count_page(self, page: PageRecord) -> None:
        """Count a finished page."""
        self.pages[page.route] += 1
        self.page_seconds[page.route] += page.seconds


class _HandedOver(Exception):
    """Something else reads the job."""


class JobRunner:
    """Every job that is added ends, unless it is cancelled: done, failed, or after tries for ``retry_hours``.

    ``ended`` is set as a job ends.
    """

    def __init__(
        self,
        store: JobStore,
        folder: DataFolder,
        limits: RunnerLimits,
        counts: RunnerCounts | None = None,
        ended: asyncio.Event | None = None,
    ) -> None:
        self.reader: DocumentReader | None = None
        self.trouble: str | None = "the engine is starting"
        self.counts = counts or RunnerCounts()
        self.pace = Pace()
        self.hand_over: HandOver | None = None
        self._ended = ended or asyncio.Event()
        self.lanes = Lanes(limits.small_pages, limits.large_at_once)
        self._store = store
        self._folder = folder
        self._limits = limits
        self._progress: dict[str, JobProgress] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._more = asyncio.Event()
        self._gate = PageGate(self._most_large_pages)
        self._small_seen = -math.inf

    @property
    def running(self) -> int:
        """How many jobs are in progress."""
        return len(self._tasks)

    def track(self, job: Job) -> None:
        """Keep the progress of a queued job that something else reads."""
        self._progress.setdefault(job.id, JobProgress())

    def add(self, job: Job) -> None:
        """Let a queued job be read."""
        self.track(job)
        self.lanes.add(job)
        self._more.set()

    def progress(self, job_id: str) -> JobProgress | None:
        """How far a job is; None for one that is neither queued nor running."""
        return self._progress.get(job_id)

    def estimate(self, job_id: str) -> float | None:
        """In how many seconds a job will have ended, by the pace so far; None for one that has, or without a pace.

        Jobs in progress share the engine, so that what is left of the others counts, too.
        """
        progress = self._progress.get(job_id)
        if progress is None:
            return None
        left = [job.pages for job in self.lanes.before(job_id)]
        left += [self._progress[one].pages_left for one in {job_id, *self._tasks} if one in self._progress]
        return self.pace.seconds(sum(pages or 0 for pages in left), sum(pages is None for pages in left))

    async def cancel(self, job_id: str) -> None:
        """Take a job out, wherever it is; its row is the caller's affair. Who waits for it is woken."""
        self.lanes.remove(job_id)
        if task := self._tasks.get(job_id):
            task.cancel()
            await asyncio.wait([task])
        self._forget(job_id)

    async def fail(self, job: Job, reason: ErrorInfo) -> None:
        """End a job that something else has read."""
        ended = {"state": "failed", "finished": time.time(), "reasons": (reason,)}
        await self._keep(job.model_copy(update=ended))

    async def run(self, open_reader: ReaderOpener, *, when_needed: bool = False) -> None:
        """Open the reader, with more tries while its engine is away, and read jobs until this call is cancelled.

        ``when_needed``: not before there is a job.
        """
        if when_needed:
            await self._more.wait()
        while True:
            try:
                async with open_reader() as self.reader:
                    self.trouble = None
                    await self._read_jobs()
            except OlmocrError as error:
                self.trouble = str(error)
                _log.warning("documents are not read: %s", error)
            except Exception:  # noqa: BLE001 - accepted documents wait for the next try
                self.trouble = "the service could not start its engine; its log says why"
                _log.exception("documents are not read")
            finally:
                self.reader = None
            await asyncio.sleep(_OPEN_AGAIN_SECONDS)

    async def _read_jobs(self) -> None:
        try:
            while True:
                self._more.clear()
                while len(self._tasks) < self._limits.jobs_at_once and (job := self.lanes.take(time.time())):
                    self._start(job)
                await self._wait_for_more()
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_for_more(self) -> None:
        is_full = len(self._tasks) >= self._limits.jobs_at_once
        when = None if is_full else self.lanes.next_time()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._more.wait(), None if when is None else max(0.01, when - time.time()))

    def _start(self, job: Job) -> None:
        task = self._tasks[job.id] = asyncio.create_task(self._try(job))
        task.add_done_callback(lambda _: self._stopped(job.id))

    def _stopped(self, job_id: str) -> None:
        self._tasks.pop(job_id, None)
        if not self._tasks:
            self.pace.rest()
        self.lanes.release(job_id)
        self._more.set()

    async def _try(self, job: Job) -> None:
        """One try at a job: it ends, or waits for the next one."""
        try:
            ended = await self._read(job)
        except _HandedOver:
            return
        except OlmocrError as error:
            ended = end_by_error(job, error, self._limits.retry_hours)
        except Exception as error:  # noqa: BLE001 - whatever happens, the job ends
            _log.exception("job %s failed", job.id)
            ended = end_by_error(job, error, self._limits.retry_hours)
        try:
            await self._keep(ended)
        except Exception:  # noqa: BLE001 - whatever happens, the job stays
            # The database is full or away: the pages are in the cache, so that the next try only ends the job.
            _log.exception("job %s could not be stored", job.id)
            self.lanes.add(job.model_copy(update={"not_before": time.time() + _OPEN_AGAIN_SECONDS}))

    async def _read(self, job: Job) -> Job:
        assert self.reader
        progress = self._progress[job.id]
        opened = await self.reader.open_document(await asyncio.to_thread(describe_document, self._folder, job))
        wanted = _choose_pages(job, opened)
        job = job.model_copy(update={"pages": len(wanted)})
        if self.hand_over and not job.options.pages and await self.hand_over(job, len(wanted)):
            progress.start(len(wanted))
            raise _HandedOver
        if not self.lanes.claim(job.id, job.pages):
            return job
        is_large = self.lanes.is_large(job.pages)
        self._small_seen = self._small_seen if is_large else time.monotonic()
        progress.start(len(wanted))
        self.pace.begin(time.monotonic(), len(wanted))
        read: list[PageRecord] = []
        if not opened.info.error:
            gate = self._gate if is_large else None
            async with aclosing(opened.pages(self.reader.concurrency, wanted, gate)) as pages:
                async for page in pages:
                    read.append(page)
                    progress.add(page)
                    self.pace.count(time.monotonic())
                    self.counts.count_page(page)
        record = await asyncio.to_thread(opened.build_record, read, wanted)
        ended, result = end_as_read(job, record, opened.info.error, self.reader.recipe_digest)
        await asyncio.to_thread(self._folder.write_result, job.id, result)
        return ended

    def _most_large_pages(self) -> int:
        """All that the engine reads at once, or one less while small documents come: theirs need not wait for a page then."""
        most = self.reader.concurrency if self.reader else 1
        is_alone = time.monotonic() - self._small_seen > _SMALL_SECONDS
        return most if is_alone else max(1, most - 1)

    async def _keep(self, job: Job) -> None:
        if job.is_final:
            await self._store.save(job)
            self.counts.ended[job.state] += 1
            self._forget(job.id)
            self._ended.set()
            return
        if job.tries:
            await self._store.save(job)
        self._progress[job.id].pause()
        self.lanes.add(job)

    def _forget(self, job_id: str) -> None:
        if progress := self._progress.pop(job_id, None):
            progress.end()


def _choose_pages(job: Job, opened: OpenDocument) -> tuple[int, ...]:
    """The pages that a job is about; all of a document that cannot be read."""
    wanted = select_pages("" if opened.info.error else job.options.pages, opened.info.pages)
    if job.options.pages and not wanted:
        raise UnreadableDocument(
            f"{job.filename} has {opened.info.pages} pages: none of {job.options.pages} is among them"
        )
    return wanted
