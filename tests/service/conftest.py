"""A service in this process, without a socket; with a scripted engine it reads in milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from service.app import make_app
from service.settings import ServiceSettings
from service.state import ServiceState

READING = Settings.model_validate({"engine": "instant", "orchestration": {"workers": 1}})
Opener = Callable[..., AbstractAsyncContextManager["Local"]]


class Local(httpx.AsyncClient):
    """A client of an application in this process, and the insides of that."""

    state: ServiceState


@pytest.fixture
def local(tmp_path: Path) -> Opener:
    """Open a service on ``tmp_path/data``: ``local(engine, **settings)``."""

    @asynccontextmanager
    async def opened(engine: Engine | None = None, **settings: Any) -> AsyncIterator[Local]:
        app = make_app(ServiceSettings(data=tmp_path / "data", **settings), READING, engine)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app), Local(transport=transport, base_url="http://localhost") as client:
            client.state = app.state.service
            yield client

    return opened


async def started(client: Local, job_id: str) -> None:
    """Wait until a job is running."""
    progress = client.state.runner.progress(job_id)
    while progress and not progress.running:
        await progress.bell.wait()


async def first_page(client: Local, job_id: str) -> None:
    """Wait for the first page of a job."""
    progress = client.state.runner.progress(job_id)
    while progress and not progress.finished:
        await progress.bell.wait()
