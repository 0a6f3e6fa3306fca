"""Read what servers answer within limits: so many bytes, so many seconds in all, and nothing compressed.

Time limits of httpx hold between two pieces, so a server that drips would hold a request for ever; and it reads an answer
whole, however long. All requests ask for plain bodies: a compressed one may hold a thousand times its size.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

# The list of a server with hundreds of models takes half a megabyte.
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return httpx.codes.is_success(self.status)


async def fetch(client: httpx.AsyncClient, address: str, seconds: float, most: int = MOST_BYTES) -> Reply:
    """Get an answer of at most ``most`` bytes within ``seconds`` in all. Raises httpx.RequestError for any other."""
    try:
        async with asyncio.timeout(seconds), client.stream("GET", address) as response:
            body = bytearray()
            async for piece in plain_pieces(response):
                body += piece
                if len(body) > most:
                    raise httpx.DecodingError(f"it is longer than {most:,} bytes")
            return Reply(response.status_code, response.headers, bytes(body))
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"no whole answer within {seconds:g} s") from error


async def plain_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises httpx.DecodingError where it is compressed."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise httpx.DecodingError(f"it is compressed ({encoding[:20]}), although the server was asked not to")
    async for piece in response.aiter_raw():
        yield piece


async def plain_lines(response: httpx.Response, most_line: int, most: int) -> AsyncIterator[bytes]:
    """The lines of the body that are not empty, as they arrive, without their ends.

    Raises httpx.DecodingError for a line of more than ``most_line`` bytes and a body of more than ``most``.
    """
    # Joined once a line: adding each piece to the rest would copy a long line again and again.
    parts: list[bytes] = []
    total = waiting = 0
    async for piece in plain_pieces(response):
        total += len(piece)
        waiting += len(piece)
        parts.append(piece)
        if b"\n" in piece:
            *lines, rest = b"".join(parts).split(b"\n")
            parts, waiting = [rest], len(rest)
            for line in filter(None, lines):
                yield line
        if waiting > most_line or total > most:
            what, limit = ("it", most) if total > most else ("a line", most_line)
            raise httpx.DecodingError(f"{what} is longer than {limit:,} bytes")
    if rest := b"".join(parts):
        yield rest
