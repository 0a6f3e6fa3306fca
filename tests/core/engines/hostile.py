"""A server over a real socket that sends whatever it is told to, byte by byte or for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
MODELS = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()


@dataclass
class Sent:
    """Where the server listens, and how many bytes of bodies have left it."""

    url: str = ""
    sent: int = 0
    requests: list[str] = field(default_factory=list)


Body = Callable[["Writer"], Awaitable[None]]


@dataclass
class Writer:
    """Writes a chunked body."""

    stream: asyncio.StreamWriter
    count: Sent

    async def piece(self, data: bytes) -> None:
        self.stream.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.stream.drain()
        self.count.sent += len(data)


def whole(data: bytes, head: bytes = CHUNKED) -> bytes:
    """An answer that is sent at once."""
    return head + f"{len(data):x}\r\n".encode() + data + b"\r\n0\r\n\r\n"


async def endless(writer: Writer, data: bytes = b" " * 65_536) -> None:
    """A body that never ends."""
    while True:
        await writer.piece(data)


@asynccontextmanager
async def serving(answers: dict[str, bytes | Body]) -> AsyncIterator[Sent]:
    """Answers by path; 404 for the others."""
    count = Sent()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    (int(line[15:]) for line in head.lower().splitlines() if line[:15] == "content-length:"), 0
                )
                await reader.readexactly(length)
                count.requests.append(path := head.split(" ")[1])
                answer = answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    writer.write(CHUNKED)
                    await answer(Writer(writer, count))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    count.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield count
