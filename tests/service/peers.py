"""An HTTP server on the loopback that answers what a test tells it, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.ports import free_port


@dataclass
class Request:
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    """Answers the ``statuses`` in turn, then 200."""

    port: int
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def rule(self) -> str:
        return f"private:127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def wait_for(self, requests: int) -> None:
        """Wait until this many further requests have come."""
        for _ in range(requests):
            await asyncio.wait_for(self.came.acquire(), 20)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Request(request.path_qs, dict(request.headers), await request.read()))
        self.came.release()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers)


@asynccontextmanager
async def open_peer(*statuses: int, port: int = 0) -> AsyncIterator[Peer]:
    peer = Peer(port or free_port(), list(statuses))
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", peer.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", peer.port).start()
    try:
        yield peer
    finally:
        await runner.cleanup()
