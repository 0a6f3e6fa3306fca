"""What a running service consists of, opened at its start and closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import Request

from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.stages.document_reader import open_reader
from service.jobs.data_folder import DataFolder, open_data_folder
from service.jobs.database import open_database
from service.jobs.desk import JobDesk
from service.jobs.runner import JobRunner, RunnerLimits
from service.jobs.store import JobStore
from service.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The parts that requests use."""

    settings: ServiceSettings
    folder: DataFolder
    desk: JobDesk
    runner: JobRunner


@asynccontextmanager
async def open_state(
    settings: ServiceSettings, reading: Settings, engine: Engine | None = None
) -> AsyncIterator[ServiceState]:
    """Open folder, database and reader, go on with the accepted jobs, and read until the block ends.

    ``engine`` replaces the one that the settings of reading name (tests). Raises RunError if another service uses the folder.
    """
    with open_data_folder(settings.data) as folder:
        async with open_database(folder.database) as database:
            store = JobStore(database)
            limits = RunnerLimits(settings.jobs_at_once, settings.small_pages, retry_hours=settings.retry_hours)
            runner = JobRunner(store, folder, limits)
            desk = JobDesk(store, folder, runner, settings.most_queued)
            await desk.recover()
            reads = runner.run(lambda: open_reader(reading, workspace=folder.workspace, engine=engine))
            running = asyncio.create_task(reads)
            try:
                yield ServiceState(settings, folder, desk, runner)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running


def the_state(request: Request) -> ServiceState:
    """The state of the service that serves a request."""
    state: ServiceState = request.app.state.service
    return state
