from __future__ import annotations

import asyncio
import logging

import psutil
import pytest

from olmocr_core.domain.errors import EngineUnavailable, RunError, UsageError
from tests.core.engines.serving import engine_for, request, until
from tests.simulator import Shape, Simulator

KEY = "sk-very-secret-0123456789"


async def test_a_context_that_is_too_small_is_refused_at_start() -> None:
    async with Simulator(shape=Shape(context=4096)) as server:
        with pytest.raises(UsageError, match="context of 4096 tokens"):
            async with engine_for(server):
                pass


async def test_an_engine_without_any_server_does_not_open() -> None:
    server = Simulator()
    async with server:
        pass
    with pytest.raises(EngineUnavailable, match="no answer from 127"):
        async with engine_for(server):
            pass


async def test_a_key_that_the_server_echoes_is_removed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Simulator(shape=Shape(api_key="another")) as server:
        with pytest.raises(RunError, match="API key is missing or wrong") as found:
            async with engine_for(server, key=KEY):
                pass
    assert KEY not in str(found.value)
    assert "***" in str(found.value)
    assert KEY not in caplog.text


async def test_a_server_that_is_absent_at_start_is_left_out() -> None:
    absent = Simulator()
    async with absent:
        pass
    async with Simulator() as present, engine_for(absent, present) as engine:
        assert [load.server for load in engine.serving().servers] == [f"127.0.0.1:{present.port}"]


async def test_servers_of_different_models_are_refused() -> None:
    async with Simulator() as one, Simulator(shape=Shape(root="other/model")) as two:
        with pytest.raises(UsageError, match="one and the same model"):
            async with engine_for(one, two):
                pass


async def test_a_server_that_comes_later_gets_pages() -> None:
    late = Simulator()
    async with late:
        port = late.port
    async with Simulator() as present, engine_for(late, present, rejoin_seconds=0.05) as engine:
        assert engine.concurrency == 2 * 64
        async with Simulator(port=port) as back:
            await until(lambda: len(engine.serving().servers) == 2)
            await asyncio.gather(*(engine.transcribe(request(number)) for number in range(1, 9)))
            assert back.stats.completed >= 1


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(root="other/model"), "serves other/model, the others allenai/olmOCR-2-7B-1025-FP8"),
        (Shape(model="another"), "does not serve the model 'olmocr'"),
        (Shape(context=4000), "a context of 4000 tokens"),
        (Shape(obeys_regex=False), "ignores constrained decoding"),
    ],
)
async def test_a_server_that_comes_later_must_serve_the_same(
    shape: Shape, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    late = Simulator()
    async with late:
        port = late.port
    async with Simulator() as present, engine_for(late, present, rejoin_seconds=0.05, constrained=True) as engine:
        async with Simulator(shape=shape, port=port) as back:
            await until(lambda: "gets no pages" in caplog.text)
            proofs = back.stats.requests
            await asyncio.gather(*(engine.transcribe(request(number)) for number in range(1, 9)))
            assert back.stats.requests == proofs
        assert [load.server for load in engine.serving().servers] == [f"127.0.0.1:{present.port}"]
    (warning,) = [record for record in caplog.records if "gets no pages" in record.message]
    assert warning.levelname == "WARNING"
    assert f"127.0.0.1:{port}" in warning.message
    assert words in warning.message


@pytest.mark.parametrize(("chosen", "heard"), [({}, "127.0.0.1"), ({"metrics_host": "0.0.0.0"}, "0.0.0.0")])
async def test_metrics_are_served_on_the_loopback_unless_told(
    chosen: dict[str, str], heard: str, unused_tcp_port: int
) -> None:
    async with Simulator() as server, engine_for(server, metrics_port=unused_tcp_port, **chosen):
        sockets = psutil.Process().net_connections("inet")
    assert [each.laddr.ip for each in sockets if each.laddr.port == unused_tcp_port and not each.raddr] == [heard]
