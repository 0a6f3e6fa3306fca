"""The FastAPI application, made from settings; it opens nothing before it starts."""

from __future__ import annotations

from fastapi import FastAPI

from olmocr_core.stages.begin_run import project_version
from service import health
from service.guard import Guard
from service.problems import add_problem_handlers
from service.settings import ServiceSettings


def make_app(settings: ServiceSettings) -> FastAPI:
    """The application for these settings."""
    # The pages of /docs load scripts from other hosts.
    app = FastAPI(title="olmocr-flows", version=project_version(), docs_url=None, redoc_url=None)
    app.include_router(health.router)
    add_problem_handlers(app)
    app.add_middleware(Guard, keys=settings.api_keys)
    return app
