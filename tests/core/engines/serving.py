"""What the tests of the engine ``server`` share: settings with short time limits, and requests over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Attempt, PageImage
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.reading.read_page import ReadingTools
from olmocr_core.reading.retry_policy import Backoff
from tests.core.fakes import Clock, ImaginaryPages, page, tools
from tests.simulator import Simulator

PATIENCE = {"connect_seconds": 5, "first_token_seconds": 30, "idle_seconds": 30, "total_seconds": 60}


def settings(*servers: Simulator, **inference: Any) -> Settings:
    urls = ",".join(server.url for server in servers)
    return load_settings({"server": urls, "inference": {"profile": "generic", **PATIENCE, **inference}}, environ={})


@asynccontextmanager
async def engine_for(
    *servers: Simulator, key: str = "", clock: Clock | None = None, **inference: Any
) -> AsyncIterator[ServerEngine]:
    environ = {"OLMOCR_API_KEY": key} if key else {}
    async with open_server_engine(settings(*servers, **inference), environ=environ, clock=clock) as engine:
        yield engine


def request(number: int = 1, attempt: int = 1, temperature: float = 0.1) -> PageRequest:
    facts = PageImage(
        width=100, height=200, rotation_ccw=0, encoding="jpeg", renderer="imaginary", ink=0.1, is_blank=False
    )
    return PageRequest(
        page=page(number),
        attempt=Attempt(number=attempt, temperature=temperature),
        image=b"page %d" % number,
        facts=facts,
    )


def reading(
    engine: ServerEngine,
    pages: ImaginaryPages | None = None,
    clock: Clock | None = None,
    backoff: Backoff | None = None,
) -> ReadingTools:
    """Tools whose waits take no time."""
    made = tools(engine, pages, clock)
    return replace(made, parse=engine.parse, backoff=backoff or made.backoff)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what the other side of a socket will do; fails after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is the other process's, there is no event to wait for
            await asyncio.sleep(0.005)
