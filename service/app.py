"""The FastAPI application, made from settings; it opens nothing before it starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.stages.begin_run import project_version
from service import health, metrics, runs
from service.api import batches, documents, events, pages, results
from service.facades import docling, mineru, mistral, open_webui, process_pdf, tika
from service.guard import Guard
from service.openapi import describe
from service.page import assets, page_views
from service.problems import add_problem_handlers
from service.settings import Facade, ServiceSettings
from service.state import open_state

ROUTERS = (
    health.router,
    metrics.router,
    documents.router,
    batches.router,
    runs.router,
    events.router,
    results.router,
    pages.router,
    assets.router,
    page_views.router,
)
FACADES: dict[Facade, APIRouter] = {
    "docling": docling.router,
    "mineru": mineru.router,
    "mistral": mistral.router,
    "open-webui": open_webui.router,
    "process-pdf": process_pdf.router,
    "tika": tika.router,
}


def make_app(settings: ServiceSettings, reading: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """The application for these settings; ``reading`` and ``engine`` replace what the environment says (tests)."""
    reading = reading or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_state(settings, reading, engine) as app.state.service:
            yield

    # The pages of /docs load scripts from other hosts.
    app = FastAPI(title="olmocr-flows", version=project_version(), docs_url=None, redoc_url=None, lifespan=lifespan)
    routers = (*ROUTERS, *(FACADES[name] for name in settings.facades))
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    add_problem_handlers(app)
    describe(app)
    app.state.requests = metrics.RequestCounts()
    # Documents in JSON are in memory as a whole, one after the other.
    app.state.json_gate = asyncio.Semaphore(1)
    app.add_middleware(Guard, settings=settings, requests=app.state.requests)
    return app
