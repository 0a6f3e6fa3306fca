"""HTTP/1.1 by hand, as little as the simulator needs: requests in, JSON or a chunked stream out."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

_SENT_TOGETHER = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"


class ClientGone(Exception):
    """The client closed its side: what it asked for is aborted."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True, eq=False)
class Connection:
    """One client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_gone(self) -> bool:
        """Whether the client has closed its side."""
        return self.reader.at_eof() or self.writer.is_closing()

    async def read(self) -> HttpRequest | None:
        """The next request; None when there is none."""
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, OSError):
            return None
        return HttpRequest(method, path.partition("?")[0], headers, body)

    async def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """One whole response; text goes out as it is, the rest as JSON."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        kind = "text/plain" if isinstance(body, str) else "application/json"
        fields = {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n" + "".join(
            f"{k}: {v}\r\n" for k, v in fields.items()
        )
        await self._write(head.encode() + b"\r\n" + data)

    async def begin_stream(self, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        """The head of a stream of events."""
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        await self._write(_SENT_TOGETHER + more.encode() + b"\r\n")

    async def event(self, payload: Any) -> None:
        """One event, or several in one write. Raises ClientGone."""
        payloads = payload if isinstance(payload, list) else [payload]
        text = "".join(f"data: {p if isinstance(p, str) else json.dumps(p)}\n\n" for p in payloads).encode()
        await self._write(f"{len(text):x}\r\n".encode() + text + b"\r\n")

    async def end_stream(self) -> None:
        """The end of the chunked body."""
        await self._write(b"0\r\n\r\n")

    async def _write(self, data: bytes) -> None:
        if self.is_gone:
            raise ClientGone
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise ClientGone from error

    def reset(self) -> None:
        """Break the connection at once."""
        self.writer.transport.abort()

    async def close(self) -> None:
        """Close in good order."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
