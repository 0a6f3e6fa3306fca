from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import ServerUrl
from tests.core.engines.serving import engine_for, request
from tests.simulator import Simulator

KEY = "sk-very-secret-0123456789"


def test_the_codec_of_http2_keeps_the_key_out_of_its_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    hpack = pytest.importorskip("hpack")
    Clients(ServerUrl.parse("https://one"), SecretStr(KEY), 1, 1.0)
    with caplog.at_level(logging.DEBUG):
        hpack.Encoder().encode([(b"authorization", f"Bearer {KEY}".encode())])
    assert KEY not in caplog.text


async def test_loopback_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    async with Simulator() as server, engine_for(server) as engine:
        await engine.transcribe(request())


async def test_a_request_gets_the_least_busy_pool() -> None:
    clients = Clients(ServerUrl.parse("https://one"), None, connections=20, connect_seconds=1.0)
    with clients.lend() as first, clients.lend() as second, clients.lend() as third:
        assert len({id(first), id(second), id(third)}) == 3
        with clients.lend() as fourth:
            assert fourth is first, "three pools of eight connections are enough for twenty"
    with clients.lend() as again:
        assert again is first
    await clients.aclose()


async def test_plain_http_has_one_pool_and_keeps_one_client_aside() -> None:
    clients = Clients(ServerUrl.parse("http://one"), SecretStr(KEY), connections=20, connect_seconds=1.0)
    with clients.lend() as first, clients.lend() as second:
        assert first is second
        assert first is not clients.aside
        assert first.headers["authorization"] == f"Bearer {KEY}"
    await clients.aclose()
    assert first.is_closed
    assert clients.aside.is_closed
