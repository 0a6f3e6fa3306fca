"""The engine behind ``server``: identity, key, several servers, limits, statistics, supervisor."""

import asyncio
import logging
import re
from dataclasses import replace

import pytest

from olmocr_core.domain.errors import EngineUnavailable, RunError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.engines import server_engine as server_module
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import Launch
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.reading.model_profiles import build_front_matter_regex
from olmocr_core.reading.read_page import read_page
from tests.core.engines.serving import engine_for, reading, request, settings, until
from tests.core.fakes import Clock, page
from tests.simulator import Shape, Simulator, in_turn

KEY = "sk-very-secret-0123456789"


async def test_the_only_served_model_is_used_and_named_in_the_identity() -> None:
    async with Simulator() as server, engine_for(server) as engine:
        identity = engine.identity
    assert (identity.name, identity.model, identity.revision) == ("server", "olmocr", "olmOCR-2-7B-1025-FP8")
    assert identity.prompt_id == "flows-1"
    assert dict(identity.decoding)["max_tokens"] == "8000"
    assert list(identity.decoding) == sorted(identity.decoding)


async def test_the_constraint_accepts_what_the_parser_reads() -> None:
    fields = ("primary_language: en", "is_rotation_valid: True", "rotation_correction: 0", "is_table: False")
    whole = "\n".join(["---", *fields, "is_diagram: false", "---"])
    for answer in (whole, f"{whole}\nText\nmore"):
        assert re.fullmatch(build_front_matter_regex(), answer)
        parse_answer(answer)
    assert not re.fullmatch(build_front_matter_regex(), whole.replace("0", "45"))


async def test_the_key_is_sent_and_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Simulator(shape=Shape(api_key=KEY)) as server, engine_for(server, key=KEY) as engine:
        await engine.transcribe(request())
        assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
        assert KEY not in repr(vars(engine))
    assert KEY not in caplog.text


async def test_a_revoked_key_stops_the_run_and_fails_no_page() -> None:
    async with Simulator(shape=Shape(api_key=KEY)) as server, engine_for(server, key=KEY) as engine:
        server.shape = Shape(api_key="another")
        with pytest.raises(RunError) as found:
            await read_page(page(), reading(engine))
    assert KEY not in str(found.value)


async def test_pages_go_to_the_server_with_the_fewest_in_flight() -> None:
    slow, fast = Shape(slots=4, seconds_per_page=0.4), Shape(slots=4, seconds_per_page=0.02)
    servers = Simulator(shape=slow), Simulator(shape=fast)
    async with servers[0] as one, servers[1] as two, engine_for(one, two, max_concurrency=4) as engine:
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(60)))
        assert engine.concurrency == 8
    assert one.stats.completed + two.stats.completed == 60
    assert two.stats.completed > 2 * one.stats.completed


async def test_the_pages_of_a_server_that_dies_go_to_the_others() -> None:
    async with Simulator() as one, Simulator() as two, engine_for(one, two) as engine:
        await one.die()
        clock = Clock()
        records = [await read_page(page(number), reading(engine, clock=clock)) for number in range(1, 9)]
    assert {record.status for record in records} == {"ok"}
    assert two.stats.completed == 8
    # One page found out; the backend then backed off and nobody else went there.
    assert len(clock.slept) == 1


async def test_requests_in_flight_grow_to_the_limit_and_not_beyond() -> None:
    shape = Shape(slots=64, seconds_per_page=0.02)
    async with Simulator(shape=shape) as server, engine_for(server, max_concurrency=12) as engine:
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(300)))
        assert engine.serving().servers[0].limit <= 12
    assert 4 < server.stats.most_in_flight <= 12


async def test_a_429_halves_the_limit() -> None:
    async with Simulator(in_turn("throttled", None)) as server, engine_for(server) as engine:
        for number in range(2):
            with pytest.raises(EngineUnavailable, match="429"):
                await engine.transcribe(request(number))
        assert engine.serving().servers[0].limit == 2


async def test_a_queue_inside_of_the_server_lowers_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_QUEUE_SECONDS", 0.01)
    shape = Shape(slots=2, seconds_per_page=0.02)
    async with Simulator(shape=shape) as server, engine_for(server, max_concurrency=64) as engine:
        backend = engine._balancer.backends[0]
        backend.adaptive_limit = replace(backend.adaptive_limit, limit=40)
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(120)))
        assert backend.adaptive_limit.limit <= 35


async def test_closing_the_engine_aborts_requests_in_flight() -> None:
    async with Simulator(shape=Shape(seconds_per_page=30)) as server:
        async with engine_for(server) as engine:
            task = asyncio.create_task(engine.transcribe(request()))
            await until(lambda: server.stats.busy == 1)
        await until(lambda: server.stats.aborted == 1)
        with pytest.raises(EngineUnavailable):
            await task


async def test_serving_statistics_are_counted() -> None:
    async with Simulator() as server, engine_for(server, metrics_port=0) as engine:
        await engine.transcribe(request())
        serving = engine.serving()
    assert (serving.pages, serving.attempts, serving.requests) == (1, 1, 1)
    assert serving.input_tokens == server.stats.prompt_tokens


async def test_a_profile_gives_the_image_size_unless_settings_do() -> None:
    profiles = {"x": ModelProfile(name="x", longest_side=1540)}
    async with Simulator() as server, engine_for(server, profile="x", profiles=profiles) as engine:
        assert engine.adapt_settings(load_settings(environ={})).render.longest_side == 1540
        asked = load_settings({"render": {"longest_side": 1288}}, environ={})
        assert engine.adapt_settings(asked).render.longest_side == 1288


class GivenUp:
    """A supervisor that has given its servers up, and remembers for how long it was asked to wait."""

    failure = RunError("out of memory: lower mem-fraction-static")

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_fault_of_a_server_that_is_given_up_ends_the_run() -> None:
    launch = Launch("sglang", supervisor=GivenUp())
    async with (
        Simulator(shape=Shape(seconds_per_page=30)) as server,
        open_server_engine(settings(server), environ={}, launch=launch) as engine,
    ):
        task = asyncio.create_task(engine.transcribe(request()))
        await until(lambda: server.stats.busy == 1)
        await server.die()
        with pytest.raises(RunError, match="out of memory"):
            await task


async def test_the_supervisor_decides_how_long_to_wait() -> None:
    supervisor = GivenUp()
    async with (
        Simulator() as server,
        open_server_engine(settings(server), environ={}, launch=Launch(supervisor=supervisor)) as engine,
    ):
        await engine.pause(60)
    assert supervisor.pauses == [60]
