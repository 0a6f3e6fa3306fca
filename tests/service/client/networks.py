"""A network between a client and a real service: it counts bytes, and breaks when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx

from service.client import AsyncClient


@dataclass
class Network:
    """``faults`` meet a request each, before the service. A stream breaks once, after the event of the line ``cut_after``."""

    faults: list[httpx.Response | Exception] = field(default_factory=list)
    sent_bytes: int = 0
    cut_after: str = ""
    resumed: list[str] = field(default_factory=list)

    def meet(self, request: httpx.Request) -> httpx.Response | None:
        """What becomes of a request here; None if it passes."""
        if request.url.path.endswith("/events"):
            self.resumed.append(request.headers.get("Last-Event-ID", ""))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        if fault is None:
            self.sent_bytes += int(request.headers.get("Content-Length", 0))
        return fault

    def cuts(self, chunk: bytes) -> bytes | None:
        """The part of a chunk up to the end of the event after which the stream breaks, once; None if it does not."""
        if not self.cut_after or self.cut_after.encode() not in chunk:
            return None
        end = chunk.index(b"\n\n", chunk.index(self.cut_after.encode())) + 2
        self.cut_after = ""
        return chunk[:end]


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, network: Network, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        self._network = network
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:  # type: ignore[union-attr]
            part = self._network.cuts(chunk)
            yield chunk if part is None else part
            if part is not None:
                raise httpx.ReadError("cut")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:  # type: ignore[union-attr]
            part = self._network.cuts(chunk)
            yield chunk if part is None else part
            if part is not None:
                raise httpx.ReadError("cut")

    def close(self) -> None:
        self._stream.close()  # type: ignore[union-attr]

    async def aclose(self) -> None:
        await self._stream.aclose()  # type: ignore[union-attr]


class _Blocking(httpx.BaseTransport):
    def __init__(self, network: Network) -> None:
        self._network = network
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if fault := self._network.meet(request):
            return fault
        answer = self._real.handle_request(request)
        answer.stream = _Stream(self._network, answer.stream)
        return answer

    def close(self) -> None:
        self._real.close()


class _Async(httpx.AsyncBaseTransport):
    def __init__(self, network: Network) -> None:
        self._network = network
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if fault := self._network.meet(request):
            return fault
        answer = await self._real.handle_async_request(request)
        answer.stream = _Stream(self._network, answer.stream)
        return answer

    async def aclose(self) -> None:
        await self._real.aclose()


def make_transport(twin: type, network: Network) -> _Blocking | _Async:
    """The transport of a client over a network."""
    return _Async(network) if twin is AsyncClient else _Blocking(network)
