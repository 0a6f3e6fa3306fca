"""Pages through our own client and the real server."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.engines.sglang.process import SglangServer
from olmocr_core.reading.front_matter import parse_answer
from tests.sglang.conftest import ARGUMENTS, IMAGE_TOKENS, engine_on, family, metric, page_request, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_is_ready_with_our_arguments(server: SglangServer, http: httpx.AsyncClient) -> None:
    assert server.notes == ()
    assert (await http.get(f"{server.url}/health_generate")).status_code == 200
    models = (await http.get(f"{server.url}/v1/models")).json()["data"]
    assert [(model["id"], model["max_model_len"]) for model in models] == [("olmocr", 16384)]
    info = (await http.get(f"{server.url}/server_info")).json()
    assert info["max_running_requests"] == ARGUMENTS["max-running-requests"]
    assert any("scheduler" in " ".join(process.cmdline()) for process in family(server))


async def test_a_page_is_read_and_counted(server: SglangServer) -> None:
    async with engine_on(server.url) as engine:
        first = await engine.transcribe(page_request("first"))
        again = await engine.transcribe(page_request("first", temperature=0.5))
    assert first.answer
    assert first.finish_reason in ("stop", "length")
    assert 0 < first.usage.output_tokens <= 120
    assert IMAGE_TOKENS < first.usage.input_tokens < IMAGE_TOKENS + 60
    # The same image bytes a second time: nearly free of prefill, which is why retries never render anew.
    assert again.usage.input_tokens == first.usage.input_tokens
    assert again.usage.cached_tokens >= IMAGE_TOKENS


async def test_tokens_come_one_by_one(server: SglangServer, http: httpx.AsyncClient) -> None:
    body = {**chat("count", 40), "stream_options": {"include_usage": True}}
    pieces = 0
    async with http.stream("POST", f"{server.url}/v1/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            pieces += line.startswith("data:")
    assert pieces > 20


async def test_front_matter_is_obeyed_when_it_is_constrained(server: SglangServer) -> None:
    """The model is random: without the constraint it never writes a single field."""
    async with engine_on(server.url, max_tokens=200, constrained=True) as engine:
        completions = [await engine.transcribe(page_request(f"page {number}")) for number in range(3)]
    for completion in completions:
        assert completion.answer.startswith("---\nprimary_language: ")
        found = parse_answer(completion.answer)
        assert found.rotation_correction in (0, 90, 180, 270)
    async with engine_on(server.url) as engine:
        assert "primary_language" not in (await engine.transcribe(page_request("free"))).answer


async def test_leaving_aborts_the_request_inside_the_server(server: SglangServer, http: httpx.AsyncClient) -> None:
    aborted = await metric(http, server.url, "sglang:num_aborted_requests_total")

    async def runs() -> bool:
        return await metric(http, server.url, "sglang:num_running_reqs") >= 1

    async def idle() -> bool:
        more = await metric(http, server.url, "sglang:num_aborted_requests_total") - aborted
        return more == 1 and await metric(http, server.url, "sglang:num_running_reqs") == 0

    async with engine_on(server.url, max_tokens=8000) as engine:
        task = asyncio.create_task(engine.transcribe(page_request("abandoned")))
        await until(runs)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Eight thousand tokens would take 40 s and more: only an abort ends the request within this time.
        await until(idle, seconds=20)


async def test_a_full_queue_is_a_fault_that_passes(server: SglangServer, http: httpx.AsyncClient) -> None:
    places = ARGUMENTS["max-running-requests"] + ARGUMENTS["max-queued-requests"]
    async with engine_on(server.url) as engine:
        load = [asyncio.create_task(_occupy(http, server, number)) for number in range(places)]

        async def full() -> bool:
            return await metric(http, server.url, "sglang:num_queue_reqs") >= ARGUMENTS["max-queued-requests"]

        try:
            await until(full)
            with pytest.raises(EngineUnavailable, match="queue is full"):
                await engine.transcribe(page_request("one too many"))
        finally:
            for task in load:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

        async def free() -> bool:
            return await metric(http, server.url, "sglang:num_queue_reqs") == 0

        await until(free)
        assert (await engine.transcribe(page_request("later"))).answer
    assert server.restarts == 0


def chat(text: str, max_tokens: int) -> dict[str, object]:
    return {
        "model": "olmocr",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": max_tokens,
        "ignore_eos": True,
        "stream": True,
        "temperature": 1.0,
    }


async def _occupy(http: httpx.AsyncClient, server: SglangServer, number: int) -> None:
    """Hold a place until cancelled: long answers, and again when a burst or a health probe took the place first."""
    while True:
        async with http.stream("POST", f"{server.url}/v1/chat/completions", json=chat(f"{number}", 8000)) as response:
            assert response.status_code in (200, 503)
            async for _ in response.aiter_lines():
                pass
        await asyncio.sleep(0.2)
