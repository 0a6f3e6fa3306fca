"""HTTP with and without an event loop, behind the same methods: ``Conversation`` is written once.

The methods of ``BlockingBackend`` are ``async`` in name alone: they block and never suspend, so that ``finish`` runs whatever
awaits them to its end.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import anyio
import httpx

from olmocr_core.domain.identity import bytes_digest, file_digest

_CHUNK = 1 << 18
Given = TypeVar("Given")
Source = Path | bytes


class Backend(Protocol):
    """What a conversation with the service needs."""

    async def send(self, request: httpx.Request, source: Source | None = None) -> httpx.Response:
        """Send a request, with a document as its body, and read the answer. Raises httpx.TransportError."""

    def listen(self, request: httpx.Request) -> Any:
        """An async context: the answer, and an async iterator of its lines."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def digest(self, source: Source) -> str:
        """The sha256 of a document."""

    async def close(self) -> None:
        """Close the connections."""


class AsyncBackend:
    """For programs with an event loop, asyncio or trio."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(transport=transport)

    async def send(self, request: httpx.Request, source: Source | None = None) -> httpx.Response:
        """Send a request and read the answer."""
        if source is not None:
            request = with_body(request, _chunks(source), source)
        return await self._http.send(request)

    @asynccontextmanager
    async def listen(self, request: httpx.Request) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[str]]]:
        """The answer and its lines."""
        answer = await self._http.send(request, stream=True)
        try:
            yield answer, answer.aiter_lines()
        finally:
            await answer.aclose()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)

    async def digest(self, source: Source) -> str:
        """The sha256 of a document, read in a thread."""
        return await anyio.to_thread.run_sync(digest, source)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class BlockingBackend:
    """For programs without an event loop."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(transport=transport)

    async def send(self, request: httpx.Request, source: Source | None = None) -> httpx.Response:
        """Send a request and read the answer."""
        if isinstance(source, bytes):
            return self._http.send(with_body(request, source, source))
        if source is None:
            return self._http.send(request)
        with source.open("rb") as stream:
            return self._http.send(with_body(request, stream, source))

    @asynccontextmanager
    async def listen(self, request: httpx.Request) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[str]]]:
        """The answer and its lines."""
        answer = self._http.send(request, stream=True)
        try:
            yield answer, _without_waiting(answer)
        finally:
            answer.close()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: ASYNC251 - there is no event loop

    async def digest(self, source: Source) -> str:
        """The sha256 of a document."""
        return digest(source)

    async def close(self) -> None:
        """Close the connections."""
        self._http.close()


def finish(work: Coroutine[Any, Any, Given]) -> Given:
    """Run what awaits a ``BlockingBackend`` alone."""
    try:
        work.send(None)
    except StopIteration as ended:
        given: Given = ended.value
        return given
    work.close()
    raise RuntimeError("a blocking client waited for an event loop")


def digest(source: Source) -> str:
    """The sha256 of a document."""
    return bytes_digest(source) if isinstance(source, bytes) else file_digest(source)


def with_body(request: httpx.Request, content: Any, source: Source) -> httpx.Request:
    """A request with a document as its body; its length is announced, so that one that is too large is refused at once."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    headers = httpx.Headers(request.headers)
    headers["Content-Length"] = str(size)
    return httpx.Request(
        request.method, request.url, headers=headers, content=content, extensions=dict(request.extensions)
    )


async def _chunks(source: Source) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    async with await anyio.open_file(source, "rb") as stream:
        while chunk := await stream.read(_CHUNK):
            yield chunk


async def _without_waiting(answer: httpx.Response) -> AsyncIterator[str]:
    for line in answer.iter_lines():
        yield line
