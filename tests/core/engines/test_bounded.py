"""Servers that send too much, too slowly, too deep or compressed cost a page or a greeting, and neither memory nor time."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.engines import clients as clients_module
from olmocr_core.engines.bounded import MOST_BYTES, fetch, plain_lines
from olmocr_core.engines.server import open_server_engine
from olmocr_core.reading.front_matter import MOST_ANSWER_CHARACTERS
from tests.core.engines.hostile import CHUNKED, MODELS, Body, Writer, endless, serving, whole
from tests.core.engines.serving import PATIENCE, request

# What a socket and its readers hold at most beyond what was read.
SLACK = 8_000_000
GZIP = CHUNKED.replace(b"Content-Type", b"Content-Encoding: gzip, gzip\r\nContent-Type")
BOMB = gzip.compress(gzip.compress(b" " * 30_000_000))
DEEP = b"[" * 100_000
LONG = json.dumps({"choices": [{"delta": {"content": " ".join(map(str, range(200_000)))}}]}).encode()


async def greet(url: str) -> None:
    settings = load_settings({"server": url, "inference": {"profile": "generic", **PATIENCE}}, environ={})
    async with open_server_engine(settings, environ={}):
        pass


async def transcribe(chat: bytes | Body) -> int:
    """Read a page from a server that answers so; returns the bytes that it sent. Raises what the page meets."""
    async with serving({"/v1/models": whole(MODELS), "/v1/chat/completions": chat}) as server:
        settings = load_settings({"server": server.url, "inference": {"profile": "generic", **PATIENCE}}, environ={})
        async with open_server_engine(settings, environ={}) as engine:
            try:
                await engine.transcribe(request())
            finally:
                # Whatever it is, memory and time are bounded by this.
                assert server.sent < SLACK + MOST_BYTES
        return server.sent


async def drip(writer: Writer) -> None:
    while True:
        await writer.piece(b" ")
        await asyncio.sleep(0.01)


async def test_an_answer_without_end_is_cut_at_its_limit() -> None:
    async with serving({"/": endless}) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.DecodingError, match="longer than 100,000 bytes"):
            await fetch(client, server.url, 30, most=100_000)
        assert server.sent < SLACK


async def test_an_answer_that_drips_ends_with_its_time() -> None:
    async with serving({"/": drip}) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadTimeout, match=r"within 0\.1 s"):
            await fetch(client, server.url, 0.1)


async def test_a_compressed_answer_is_refused() -> None:
    async with serving({"/": whole(BOMB, GZIP)}) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.DecodingError, match="compressed"):
            await fetch(client, server.url, 30)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (endless, "no answer from"),
        (whole(b'{"data": ' + DEEP), "nested"),
        (whole(BOMB, GZIP), "compressed"),
        (whole(b"x"), "no JSON"),
    ],
    ids=["endless", "deep", "bomb", "text"],
)
async def test_a_hostile_list_of_models_is_a_server_that_does_not_answer(models: bytes | Body, words: str) -> None:
    async with serving({"/v1/models": models}) as server:
        with pytest.raises(EngineUnavailable, match=words):
            await greet(server.url)
        assert server.sent < MOST_BYTES + SLACK


@pytest.mark.parametrize(
    "data", [None, 7, "m", {"id": "m"}, [[]], [{"id": {"a": 1}}], [{"id": "m" * 5000}], [{"id": "a\x1b[2J"}]]
)
async def test_models_without_a_name_are_not_served(data: object) -> None:
    async with serving({"/v1/models": whole(json.dumps({"data": data}).encode())}) as server:
        with pytest.raises(UsageError, match="serves 0 models"):
            await greet(server.url)


async def test_a_list_that_drips_ends_with_the_time_of_small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "_ASIDE_SECONDS", 0.2)
    async with serving({"/v1/models": drip}) as server:
        with pytest.raises(EngineUnavailable, match=r"no whole answer within 0\.2 s"):
            await greet(server.url)


@pytest.mark.parametrize(
    ("chat", "words"),
    [
        (whole(b"data: " + DEEP + b"\n\n"), "nested"),
        (endless, "a line is longer"),
        (partial(endless, data=b"data: [[]," * 6000), "a line is longer"),
        (whole(BOMB, GZIP), "compressed"),
        (whole(DEEP, CHUNKED.replace(b"200 OK", b"500 Sorry")), "500: "),
        (whole(b"data: " + LONG + b"\n\n"), "grew past"),
        (partial(endless, data=b"{\n" * 30_000), "grew past"),
    ],
    ids=["deep event", "endless line", "endless event", "bomb", "deep error", "long answer", "endless document"],
)
async def test_a_hostile_answer_is_a_fault_of_the_server(chat: bytes | Body, words: str) -> None:
    with pytest.raises(EngineUnavailable, match=words) as fault:
        await transcribe(chat)
    assert len(str(fault.value)) < 600


async def test_a_server_that_goes_on_after_the_end_of_its_answer_is_cut() -> None:
    stop = b'data: {"choices": [{"delta": {"content": "fine"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'

    async def chat(writer: Writer) -> None:
        await writer.piece(stop)
        await endless(writer, b": on and on\n" * 5000)

    assert await transcribe(chat) < SLACK


async def test_an_error_body_without_end_is_read_in_part() -> None:
    head = CHUNKED.replace(b"200 OK", b"400 No")
    with pytest.raises(OlmocrError, match="400: x"):
        await transcribe(whole(b"x" * 3_000_000, head))


@given(st.lists(st.binary(max_size=20).map(lambda piece: piece.replace(b"\x00", b"\n")), max_size=20))
async def test_lines_do_not_depend_on_how_they_arrive(pieces: list[bytes]) -> None:
    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    response = httpx.Response(200, content=arriving())
    lines = [line async for line in plain_lines(response, 1000, 1000)]
    assert lines == [line for line in b"".join(pieces).split(b"\n") if line]


def test_the_longest_answer_fits_an_event() -> None:
    assert len(json.dumps("x" * MOST_ANSWER_CHARACTERS)) < MOST_BYTES
