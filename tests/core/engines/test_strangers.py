"""Servers that speak the protocol differently: each of them reads pages, at once and without asking twice for long."""

from __future__ import annotations

import logging

import pytest

from olmocr_core.domain.errors import EngineUnavailable, RequestRejected, RunError, UsageError
from olmocr_core.domain.models import FinishReason
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.replies import ChatFault, make_error, parse_stream_error
from olmocr_core.engines.server import open_server_engine
from tests.core.engines.serving import engine_for, request, settings
from tests.simulator import Shape, Simulator, in_turn
from tests.simulator.shape import Habits
from tests.simulator.strangers import HOPELESS, STRANGERS


def named(server: Simulator) -> Settings:
    return settings(server).model_copy(update={"model": "olmocr"})


@pytest.mark.parametrize("name", STRANGERS)
async def test_every_known_server_reads_pages(name: str) -> None:
    shape = STRANGERS[name]
    async with Simulator(shape=shape) as server, open_server_engine(named(server), environ={}) as engine:
        for number in range(1, 4):
            completion = await engine.transcribe(request(number))
            assert "primary_language" in completion.answer
            assert completion.finish_reason == "stop"
            assert completion.usage.output_tokens > 0 or "stream_options" in shape.habits.refuses
        # What a server refuses is asked once, not once a page.
        assert server.stats.requests == 3 + len(shape.habits.refuses) + shape.habits.gateway
        assert engine.serving().faults == {}


async def test_what_is_learned_is_logged_once_with_the_servers_words(caplog: pytest.LogCaptureFixture) -> None:
    shape = STRANGERS["openai reasoning"]
    async with Simulator(shape=shape) as server, open_server_engine(named(server), environ={}) as engine:
        for number in range(1, 4):
            await engine.transcribe(request(number))
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 2
    assert "Use 'max_completion_tokens' instead." in told[0]
    assert "Only the default (1) value is supported." in told[1]
    assert {"max_tokens", "temperature"}.isdisjoint(server.bodies[-1])


async def test_a_refusal_that_teaches_nothing_is_the_pages_own() -> None:
    async with Simulator(in_turn("rejected")) as server, engine_for(server) as engine:
        with pytest.raises(RequestRejected, match="Could not decode image"):
            await engine.transcribe(request())
        assert server.stats.requests == 1


async def test_a_server_without_a_list_of_models_needs_a_name() -> None:
    async with Simulator(shape=Shape(habits=Habits(models="none"))) as server:
        with pytest.raises(UsageError, match="does not list its models: name the one to use with --model"):
            async with engine_for(server):
                pass


@pytest.mark.parametrize("shape", [Shape(), Shape(habits=Habits(whole=True))], ids=["stream", "document"])
@pytest.mark.parametrize(("plan", "finish"), [("length", "length"), (None, "stop")])
async def test_an_answer_that_was_cut_is_not_taken_for_whole(shape: Shape, plan: object, finish: FinishReason) -> None:
    async with Simulator(in_turn(plan), shape) as server, engine_for(server) as engine:  # type: ignore[arg-type]
        assert (await engine.transcribe(request())).finish_reason == finish


async def test_a_stream_without_a_reason_that_is_full_was_cut() -> None:
    small = {"small": {"context": 4000, "max_tokens": 20}}
    shape = Shape(dialect="generic", habits=Habits(stop=None))
    async with Simulator(shape=shape) as server, engine_for(server, profile="small", profiles=small) as engine:
        assert (await engine.transcribe(request())).finish_reason == "length"


@pytest.mark.parametrize("name", HOPELESS)
async def test_a_refusal_of_every_request_ends_the_run_and_no_page(name: str) -> None:
    status, body, words = HOPELESS[name]
    shape = Shape(dialect="generic", habits=Habits(blind=(status, body)))
    async with Simulator(shape=shape) as server, engine_for(server) as engine:
        with pytest.raises(RunError, match=f"refuses every request.*{words}"):
            await engine.transcribe(request())
        assert server.stats.requests == 1


@pytest.mark.parametrize("words", ["Could not decode image", "it does not support images of 20 MB", "rate limit"])
def test_words_about_one_page_do_not_end_the_run(words: str) -> None:
    assert not isinstance(make_error(400, words.encode()), RunError)


async def test_half_a_page_behind_a_gateway_is_not_taken_for_a_whole_one() -> None:
    shape = STRANGERS["litellm"]
    async with Simulator(in_turn("cut", "cut", None), shape) as server, engine_for(server) as engine:
        with pytest.raises(EngineUnavailable):
            await engine.transcribe(request())
        whole = await engine.transcribe(request())
        assert whole.finish_reason == "stop"
        async with Simulator() as other, engine_for(other) as plain:
            assert whole.answer == (await plain.transcribe(request())).answer
        # Streams are given up once, for all pages.
        assert server.stats.requests == 3
        assert "stream" not in server.bodies[-1]


def test_an_error_inside_a_stream_may_write_its_code_as_a_word() -> None:
    event = {"error": {"message": "Could not decode image", "code": "400"}}
    assert isinstance(parse_stream_error(event), RequestRejected)
    assert isinstance(parse_stream_error({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}), ChatFault)
