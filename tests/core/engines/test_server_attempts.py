"""Every row of the table of attempts (DESIGN), through the real client and a socket."""

import pytest

from olmocr_core.domain.errors import EngineUnavailable, PageTimeout, RequestRejected
from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.ports import TextLayer
from olmocr_core.reading.read_page import read_page
from tests.core.engines.serving import engine_for, reading, request
from tests.core.fakes import Clock, ImaginaryPages, page
from tests.simulator import Fault, Shape, Simulator, in_turn

LAYER = TextLayer(text="The text layer", trusted=True, signals={"layer_trusted": True})


async def read(server: Simulator, clock: Clock | None = None, **inference: object) -> PageRecord:
    async with engine_for(server, **inference) as engine:
        return await read_page(page(), reading(engine, ImaginaryPages(layer=LAYER), clock))


async def test_a_good_answer_makes_a_page() -> None:
    async with Simulator() as server:
        record = await read(server)
    assert (record.status, record.route, record.accepted_attempt) == ("ok", "model", 1)
    assert record.transcription.text.startswith("Page ")
    usage = record.attempts[0].completion.usage
    assert usage.input_tokens > 1656
    assert usage.output_tokens == server.stats.generation_tokens
    assert record.attempts[0].completion.finish_reason == "stop"


async def test_the_request_body() -> None:
    async with Simulator() as server, engine_for(server) as engine:
        await engine.transcribe(request(temperature=0.3))
    body = server.bodies[-1]
    assert [part["type"] for part in body["messages"][0]["content"]] == ["text", "image_url"]
    assert body["messages"][0]["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert len(body["messages"]) == 1
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("olmocr", 0.3, 8000)
    assert body["stream_options"]["include_usage"] is True
    assert "regex" not in body


@pytest.mark.parametrize(
    "fault",
    ["error_500", "queue_full", "throttled", "hang_up", "reset", "cut", "wrong_json", "error_in_stream"],
)
async def test_a_connection_fault_is_not_an_attempt(fault: Fault) -> None:
    clock = Clock()
    async with Simulator(in_turn(fault, fault, None)) as server:
        record = await read(server, clock)
    assert record.status == "ok"
    assert len(record.attempts) == 1
    assert len(clock.slept) == 2
    assert server.stats.faults[fault] == 2


@pytest.mark.parametrize("fault", ["length", "malformed", "missing", "loop"])
async def test_a_bad_answer_costs_one_attempt(fault: Fault) -> None:
    async with Simulator(in_turn(fault, None)) as server:
        record = await read(server)
    expected = {"missing": "malformed", "loop": "repetition"}.get(fault, fault)
    assert [outcome.verdict for outcome in record.attempts] == [expected, "ok"]
    assert record.status == "ok"


async def test_the_second_attempt_uses_the_prefix_cache() -> None:
    async with Simulator(in_turn("malformed", None)) as server:
        record = await read(server)
    first, second = (outcome.completion.usage for outcome in record.attempts)
    assert first.cached_tokens == 0
    assert second.cached_tokens == second.input_tokens - 1


async def test_retry_after_is_respected() -> None:
    clock = Clock()
    plan, shape = in_turn("throttled_after", None), Shape(retry_after="17")
    async with Simulator(plan, shape) as server, engine_for(server, clock=clock) as engine:
        record = await read_page(page(), reading(engine, clock=clock))
    assert record.status == "ok"
    assert clock.slept == [17.0]
    assert server.stats.requests == 2


async def test_a_server_gets_no_request_before_retry_after_is_over() -> None:
    clock = Clock()
    plan, shape = in_turn("throttled_after", None), Shape(retry_after="17")
    async with Simulator(plan, shape) as server, engine_for(server, clock=clock) as engine:
        with pytest.raises(EngineUnavailable):
            await engine.transcribe(request(1))
        clock.now = 5.0
        with pytest.raises(EngineUnavailable) as found:
            await engine.transcribe(request(2))
        assert found.value.retry_after == 12.0
        assert server.stats.requests == 1
        clock.now = 17.0
        await engine.transcribe(request(1))


async def test_a_rejected_request_fails_the_page_with_the_servers_message() -> None:
    async with Simulator(in_turn("rejected")) as server:
        record = await read(server)
    assert record.status == "failed"
    assert record.error is not None
    assert record.error.message.endswith("400: Could not decode image")
    assert server.stats.requests == 1


@pytest.mark.parametrize("dialect", ["sglang", "vllm"])
async def test_flat_and_nested_errors_give_the_same_message(dialect: str) -> None:
    shape = Shape(dialect=dialect)  # type: ignore[arg-type]
    async with Simulator(in_turn("rejected"), shape) as server, engine_for(server) as engine:
        with pytest.raises(RequestRejected, match=r"400: Could not decode image$"):
            await engine.transcribe(request())


async def test_a_rotated_page_is_rotated_back() -> None:
    def plan(asked):  # type: ignore[no-untyped-def]
        return None if asked.image.endswith(b"turned 180") else "rotation"

    async with Simulator(plan) as server:
        record = await read(server)
    assert [outcome.verdict for outcome in record.attempts] == ["rotation", "rotation", "ok"]
    assert [outcome.attempt.rotation_ccw for outcome in record.attempts] == [0, 90, 180]


async def test_a_clockwise_checkpoint_rotates_the_other_way() -> None:
    def plan(asked):  # type: ignore[no-untyped-def]
        return None if asked.image.endswith(b"turned 270") else "rotation"

    old = {"old": {"rotation": "clockwise"}}
    async with Simulator(plan) as server:
        record = await read(server, profile="old", profiles=old)
    assert [outcome.attempt.rotation_ccw for outcome in record.attempts] == [0, 270]
    assert record.attempts[0].completion.answer.count("rotation_correction: 90") == 1


async def test_a_page_without_a_good_attempt_falls_back_to_the_text_layer() -> None:
    async with Simulator(in_turn("missing")) as server:
        record = await read(server)
    assert (record.status, record.transcription.text) == ("fallback", LAYER.text)
    assert server.stats.requests == 8


async def test_an_answer_beyond_the_context_ends_as_length() -> None:
    small = {"small": {"context": 300, "max_tokens": 200}}
    async with Simulator() as server, engine_for(server, profile="small", profiles=small) as engine:
        completion = await engine.transcribe(request())
    assert completion.finish_reason == "length"


async def test_three_timeouts_in_a_row_on_a_healthy_server_blame_the_page() -> None:
    async with Simulator(in_turn("stall")) as server, engine_for(server, idle_seconds=0.15) as engine:
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match="no further token within"):
                await engine.transcribe(request())
        with pytest.raises(PageTimeout, match="3 times in a row"):
            await engine.transcribe(request())


async def test_timeouts_on_a_server_that_is_not_healthy_blame_no_page() -> None:
    async with Simulator(in_turn("stall")) as server, engine_for(server, idle_seconds=0.15) as engine:
        for healthy in (True, False, True, False, False):
            server.healthy = healthy
            with pytest.raises(
                EngineUnavailable, match="further token" if healthy else "does not answer its health route"
            ):
                await engine.transcribe(request())


async def test_other_faults_are_no_timeouts_in_a_row() -> None:
    plan = in_turn("error_500", "error_500", "stall", "stall", "error_500", "stall", "stall", None)
    async with Simulator(plan) as server, engine_for(server, idle_seconds=0.15) as engine:
        for _ in range(4):
            with pytest.raises(EngineUnavailable):
                await engine.transcribe(request())


async def test_a_page_that_always_times_out_falls_back() -> None:
    async with Simulator(in_turn("stall")) as server:
        record = await read(server, idle_seconds=0.15)
    assert record.status == "fallback"
    assert record.error is not None
    assert record.error.code == "page_timeout"


async def test_an_answer_resets_the_count_of_timeouts() -> None:
    plan = in_turn("stall", "stall", None, "stall", "stall", None)
    async with Simulator(plan) as server, engine_for(server, idle_seconds=0.15) as engine:
        for _ in range(2):
            for _ in range(2):
                with pytest.raises(EngineUnavailable):
                    await engine.transcribe(request())
            await engine.transcribe(request())


async def test_a_server_that_dies_and_comes_back_reads_on() -> None:
    clock = Clock()
    async with Simulator() as server, engine_for(server) as engine:
        await server.die()
        with pytest.raises(EngineUnavailable, match="no connection"):
            await engine.transcribe(request())
        await server.revive()
        record = await read_page(page(), reading(engine, clock=clock))
    assert record.status == "ok"
