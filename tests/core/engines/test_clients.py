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


async def test_no_proxy_stands_before_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    async with Simulator() as server, engine_for(server) as engine:
        await engine.transcribe(request())
