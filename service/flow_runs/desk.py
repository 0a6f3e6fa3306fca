"""Hands documents over to flow runs, follows these, and takes the documents back once their pages are in the cache."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Sequence

from olmocr_core.domain.models import ErrorInfo
from olmocr_core.domain.settings import Settings
from service.flow_runs.models import FlowRun
from service.flow_runs.parameters import flow_parameters, make_workspace
from service.flow_runs.prefect_api import PrefectApi, PrefectAway, PrefectRefused
from service.flow_runs.store import FlowRunStore
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job
from service.jobs.runner import JobRunner

_log = logging.getLogger(__name__)
_POLL_SECONDS = 2.0
_AWAY_SECONDS = 10.0
_MOST_TRIES = 2
_CANCELLED = ErrorInfo(code="flow_run_cancelled", message="its flow run was cancelled in Prefect; send it again")


class FlowDesk:
    """Documents above ``most_pages`` and batches above ``most_documents`` are read by flow runs.

    A flow run only fills the page cache. The service then assembles the document as any other: its answer is the same, and
    what a flow run left, or a Prefect that refuses it, is read by the service itself.
    """

    def __init__(
        self,
        store: FlowRunStore,
        api: PrefectApi | None,
        folder: DataFolder,
        runner: JobRunner,
        reading: Settings,
        limits: tuple[int, int],
    ) -> None:
        self._store = store
        self._api = api
        self._folder = folder
        self._runner = runner
        self._reading = reading
        self._most_pages, self._most_documents = limits
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def takes_batch(self, documents: int) -> bool:
        """Whether so many documents that came together are read by a flow run."""
        return self._api is not None and documents > self._most_documents

    async def hand_over(self, job: Job, pages: int) -> bool:
        """Take a document with so many pages from the runner. False if the service reads it itself."""
        if self._api is None or job.flow or pages <= self._most_pages:
            return False
        await self.open(job.id, [job.id])
        return True

    async def open(self, flow_id: str, jobs: Sequence[str]) -> None:
        """Let one flow run read these jobs, which the runner tracks; one that is open goes on."""
        known = await self._store.get(flow_id)
        if known and known.state == "open":
            return
        await self._store.open(FlowRun(id=flow_id, created=time.time()), jobs)
        self._start(flow_id)

    async def recover(self) -> frozenset[str]:
        """After a start: follow the flow runs that are open; their ids. Without a Prefect API there are none."""
        found = await self._store.all_open() if self._api else []
        for flow_id in found:
            self._start(flow_id)
        return frozenset(found)

    async def forget(self, job: Job) -> None:
        """A job was deleted: its flow run is cancelled and forgotten if it reads nothing else."""
        if not job.flow or any(other.id != job.id for other in await self._store.jobs(job.flow)):
            return
        if task := self._tasks.get(job.flow):
            task.cancel()
            await asyncio.wait([task])
        flow = await self._store.get(job.flow)
        if flow and flow.state == "open" and flow.run_id and self._api:
            try:
                await self._api.cancel(flow.run_id)
            except (PrefectAway, PrefectRefused) as error:
                _log.warning("flow run %s could not be cancelled: %s", flow.run_id, error)
        await self._store.remove(job.flow)
        await asyncio.to_thread(shutil.rmtree, self._folder.run(job.flow), ignore_errors=True)

    async def aclose(self) -> None:
        """Follow no flow run any more; they go on."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._api:
            await self._api.aclose()

    def _start(self, flow_id: str) -> None:
        task = self._tasks[flow_id] = asyncio.create_task(self._follow(flow_id))
        task.add_done_callback(lambda _: self._tasks.pop(flow_id, None))

    async def _follow(self, flow_id: str) -> None:
        while True:
            wait = _POLL_SECONDS
            try:
                if await self._look(flow_id):
                    return
            except PrefectAway as error:
                _log.warning("flow run for %s: %s", flow_id, error)
                wait = _AWAY_SECONDS
            except Exception:  # noqa: BLE001 - the database or the disk is away: the flow run goes on meanwhile
                _log.exception("flow run for %s could not be followed", flow_id)
                wait = _AWAY_SECONDS
            await asyncio.sleep(wait)

    async def _look(self, flow_id: str) -> bool:
        """One step; after a refusal of Prefect the service reads itself. Whether it needs no further look."""
        try:
            return await self._step(flow_id)
        except PrefectRefused as error:
            _log.warning("the service reads %s itself: %s", flow_id, error)
            await self._take_back(flow_id)
            return True

    async def _step(self, flow_id: str) -> bool:
        """Start or look at a flow run once. Whether it needs no further look."""
        assert self._api
        flow, jobs = await self._store.get(flow_id), await self._store.jobs(flow_id)
        if flow is None or not jobs:
            return True
        if not flow.run_id:
            flow = await self._begin(flow, jobs)
        state = await self._api.state(flow.run_id)
        await self._tell_progress(jobs)
        if state == "CANCELLED":
            await self._end(flow, jobs)
            return True
        if state in ("FAILED", "CRASHED", "MISSING") and flow.tries + 1 < _MOST_TRIES:
            await self._store.save(flow.model_copy(update={"run_id": "", "tries": flow.tries + 1}))
            return False
        if state in ("COMPLETED", "FAILED", "CRASHED", "MISSING"):
            await self._take_back(flow_id)
            return True
        return False

    async def _begin(self, flow: FlowRun, jobs: Sequence[Job]) -> FlowRun:
        assert self._api
        workspace = self._folder.run(flow.id)
        await asyncio.to_thread(make_workspace, workspace, self._folder.workspace)
        documents = [self._folder.document(job.document) for job in jobs]
        run_id = await self._api.start(flow_parameters(documents, workspace, self._reading), flow.key)
        flow = flow.model_copy(update={"run_id": run_id})
        await self._store.save(flow, self._api.page(run_id))
        return flow

    async def _tell_progress(self, jobs: Sequence[Job]) -> None:
        reader = self._runner.reader
        for job in jobs:
            progress = self._runner.progress(job.id)
            if reader is None or progress is None:
                continue
            progress.begin()
            for number in sorted(await reader.finished_pages(job.document) - progress.finished.keys()):
                if record := await reader.finished_page(job.document, number):
                    progress.add(record)

    async def _take_back(self, flow_id: str) -> None:
        flow = await self._store.get(flow_id)
        if flow:
            await self._store.save(flow.model_copy(update={"state": "closed"}))
        for job in await self._store.jobs(flow_id):
            self._runner.add(job)

    async def _end(self, flow: FlowRun, jobs: Sequence[Job]) -> None:
        await self._store.save(flow.model_copy(update={"state": "closed"}))
        for job in jobs:
            await self._runner.fail(job, _CANCELLED)
