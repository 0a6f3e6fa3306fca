"""The transport of plain http:// against servers that behave and servers that do not, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from olmocr_core.engines.transport import AiohttpTransport

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with httpx.AsyncClient(transport=AiohttpTransport(4, 60, trust_env=False)) as client:
        yield client, url
    server.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length")), 0
    )
    return await reader.readexactly(length)


def answering(data: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(data)
        await writer.drain()

    return handler


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"no such protocol\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", httpx.RemoteProtocolError),
        (HEAD + b"4\r\nfour\r\n", httpx.RemoteProtocolError),
        (HEAD + b"not hexadecimal\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", httpx.RemoteProtocolError),
    ],
    ids=["nothing", "garbage", "short", "cut", "bad chunk", "endless header"],
)
async def test_a_broken_answer_is_a_protocol_error(data: bytes, error: type[Exception]) -> None:
    async with serving(answering(data)) as (client, url):
        with pytest.raises(error):
            await client.post(url, content=b"page")


async def test_a_closed_port_is_a_connect_error(unused_tcp_port: int) -> None:
    async with httpx.AsyncClient(transport=AiohttpTransport(4, 60, trust_env=False)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{unused_tcp_port}/")


async def test_a_read_limit_is_a_read_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as (client, url):
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url, timeout=0.05)


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
async def test_bodies_arrive_whole(size: int) -> None:
    got: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await read_request(reader))
        writer.write(HEAD + b"2\r\nok\r\n0\r\n\r\n")

    async with serving(handler) as (client, url):
        response = await client.post(url, content=b"x" * size)
    assert (response.status_code, response.text, [len(body) for body in got]) == (200, "ok", [size])


async def test_a_connection_whose_answer_was_read_is_used_again() -> None:
    connections = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            try:
                await read_request(reader)
            except asyncio.IncompleteReadError:
                return
            writer.write(HEAD + b"2\r\nok\r\n0\r\n\r\n")

    async with serving(handler) as (client, url):
        for _ in range(3):
            assert (await client.post(url, content=b"page")).text == "ok"
    assert connections == 1


async def test_leaving_a_stream_early_closes_its_connection() -> None:
    closed = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(HEAD + b"2\r\nok\r\n")
        await reader.read()
        closed.set()

    async with serving(handler) as (client, url):
        async with client.stream("POST", url, content=b"page") as response:
            async for chunk in response.aiter_bytes():
                assert chunk == b"ok"
                break
        await asyncio.wait_for(closed.wait(), 10)


@pytest.mark.parametrize("begun", [False, True], ids=["before the answer", "in the answer"])
async def test_closing_the_client_ends_waiting_requests(begun: bool) -> None:
    asked = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        if begun:
            writer.write(HEAD + b"2\r\nok\r\n")
        asked.set()
        await reader.read()

    async with serving(handler) as (client, url):
        waiting = asyncio.create_task(client.post(url, content=b"page", timeout=None))
        await asyncio.wait_for(asked.wait(), 10)
        await asyncio.sleep(0)
        await client.aclose()
        with pytest.raises(httpx.TransportError):
            await asyncio.wait_for(waiting, 10)
