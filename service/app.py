"""The FastAPI application, made from settings; it opens nothing before it starts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.stages.begin_run import project_version
from service import health, metrics, runs
from service.api import batches, documents, events, pages, results
from service.facades import process_pdf
from service.guard import Guard
from service.openapi import describe
from service.page import assets, page_views
from service.problems import add_problem_handlers
from service.settings import ServiceSettings
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
    process_pdf.router,
    assets.router,
    page_views.router,
)


def make_app(settings: ServiceSettings, reading: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """The application for these settings; ``reading`` and ``engine`` replace what the environment says (tests)."""
    reading = reading or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_state(settings, reading, engine) as app.state.service:
            yield

    # The pages of /docs load scripts from other hosts.
    app = FastAPI(title="olmocr-flows", version=project_version(), docs_url=None, redoc_url=None, lifespan=lifespan)
    for router in ROUTERS:
        app.include_router(router)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    add_problem_handlers(app)
    describe(app)
    app.state.requests = metrics.RequestCounts()
    app.add_middleware(Guard, settings=settings, requests=app.state.requests)
    return app
