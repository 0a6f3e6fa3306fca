"""What a running service consists of, opened at its start and closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Limits, Settings
from olmocr_core.stages.document_reader import open_reader
from olmocr_core.wiring import resolve_engine_name
from service.batches.desk import BatchDesk
from service.batches.store import BatchStore
from service.batches.sweeper import sweep
from service.callbacks.bodies import body_maker
from service.callbacks.sender import CallbackSender
from service.callbacks.signature import load_secret
from service.callbacks.store import CallbackStore
from service.flow_runs.desk import FlowDesk
from service.flow_runs.prefect_api import PrefectApi
from service.flow_runs.store import FlowRunStore
from service.jobs.data_folder import DataFolder, open_data_folder
from service.jobs.database import open_database
from service.jobs.desk import JobDesk
from service.jobs.runner import JobRunner, ReaderOpener, RunnerCounts, RunnerLimits
from service.jobs.runners import Runners
from service.jobs.store import JobStore
from service.settings import ServiceSettings
from service.uploads.receive import UploadLimits


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The parts that requests use. ``limits`` are those of reading: of archives, files and pages."""

    settings: ServiceSettings
    folder: DataFolder
    desk: JobDesk
    batches: BatchDesk
    callbacks: CallbackSender
    limits: Limits
    runners: Runners

    def upload_limits(self, most_files: int = 1) -> UploadLimits:
        """The limits of a request that sends documents."""
        return UploadLimits(self.settings.upload_mb * 1_000_000, self.settings.upload_seconds, most_files)

    @property
    def runner(self) -> JobRunner:
        """The runner of the service's own engine."""
        return self.runners.default


@asynccontextmanager
async def open_state(
    settings: ServiceSettings, reading: Settings, engine: Engine | None = None
) -> AsyncIterator[ServiceState]:
    """Open folder, database and reader, go on with the accepted jobs, and read until the block ends.

    ``engine`` replaces the one that the settings of reading name (tests). Raises RunError if another service uses the folder.
    """
    with open_data_folder(settings.data) as folder:
        async with open_database(settings.database.get_secret_value() or folder.database) as database:
            store = JobStore(database)
            ended = asyncio.Event()
            runners = _make_runners(settings, store, folder, resolve_engine_name(reading), ended)
            flows = _make_flows(settings, FlowRunStore(database), folder, runners, reading)
            desk = JobDesk(store, folder, runners, settings.most_queued, flows)
            batches = BatchDesk(BatchStore(database), desk, flows)
            callbacks = _make_callbacks(settings, CallbackStore(database), folder, desk, batches, ended)
            sweeping = sweep(desk, batches, settings.keep_days)
            await desk.recover()
            async with _running(callbacks.run(), sweeping), _reading(runners, reading, folder, engine), aclosing(flows):
                yield ServiceState(settings, folder, desk, batches, callbacks, reading.limits, runners)


def _make_runners(
    settings: ServiceSettings, store: JobStore, folder: DataFolder, own: str, ended: asyncio.Event
) -> Runners:
    limits = RunnerLimits(settings.jobs_at_once, settings.small_pages, retry_hours=settings.retry_hours)
    counts = RunnerCounts()
    names = ("", *settings.engines)
    return Runners({name: JobRunner(store, folder, limits, counts, ended) for name in names}, own)


def _make_flows(
    settings: ServiceSettings, store: FlowRunStore, folder: DataFolder, runners: Runners, reading: Settings
) -> FlowDesk:
    auth = settings.prefect_auth.get_secret_value()
    api = PrefectApi(settings.prefect_api_url, auth) if settings.prefect_api_url else None
    limits = (settings.flow_pages, settings.flow_documents)
    flows = FlowDesk(store, api, folder, runners.default, reading, limits)
    runners.default.hand_over = flows.hand_over
    return flows


def _make_callbacks(
    settings: ServiceSettings,
    store: CallbackStore,
    folder: DataFolder,
    desk: JobDesk,
    batches: BatchDesk,
    ended: asyncio.Event,
) -> CallbackSender:
    secret = settings.callback_secret.get_secret_value() or load_secret(folder.root)
    make_body = body_maker(desk, batches, settings.base_url)
    return CallbackSender(store, settings.callback_hosts, secret, settings.callback_hours, make_body, ended)


@asynccontextmanager
async def _running(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do these at the side until the end of the block."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _reading(
    runners: Runners, reading: Settings, folder: DataFolder, engine: Engine | None
) -> AsyncIterator[None]:
    """Read jobs until the end of the block. Engines other than the service's own start with the first job that names them."""

    def opener(name: str) -> ReaderOpener:
        chosen = reading.model_copy(update={"engine": name}) if name else reading
        return lambda: open_reader(chosen, workspace=folder.workspace, engine=None if name else engine)

    runs = [runners.default.run(opener(""))]
    runs += [runners.named(name).run(opener(name), when_needed=True) for name in runners.others]
    async with _running(*runs):
        yield


def the_state(request: Request) -> ServiceState:
    """The state of the service that serves a request."""
    state: ServiceState = request.app.state.service
    return state
