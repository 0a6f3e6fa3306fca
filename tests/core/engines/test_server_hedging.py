"""Parallel attempts through the real client: what the server sees of those that lost, and the limits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.models import PageRecord
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.reading.read_page import read_page
from tests.core.engines.serving import engine_for, reading, request, until
from tests.core.fakes import page
from tests.simulator import Asked, Fault, Shape, Simulator, in_turn, seeded

SLOW = Shape(slots=8, seconds_per_page=0.3, tokens_per_event=1)


async def race(engine: ServerEngine, numbers: range, most: int = 3) -> list[PageRecord]:
    tools = replace(reading(engine), parallel_attempts=lambda: min(most, 1 + engine.idle_slots))
    return await asyncio.gather(*(read_page(page(number), tools) for number in numbers))


async def test_attempts_that_lost_are_aborted_and_their_tokens_counted() -> None:
    """The first attempt is malformed, the second stalls, the third and the fourth are good or nearly."""
    async with Simulator(in_turn("malformed", "stall", None, "stall"), SLOW) as server, engine_for(server) as engine:
        (record,) = await race(engine, range(1, 2))
        await until(lambda: server.stats.aborted == 2)
        serving = engine.serving()
    assert record.status == "ok"
    assert [outcome.verdict for outcome in record.attempts] == ["malformed", "ok"]
    assert serving.faults == {"cancelled": 2}
    assert serving.aborted_tokens > 0
    assert server.stats.requests == 4


async def test_parallel_attempts_stay_within_the_limit() -> None:
    bad: dict[Fault, float] = {"malformed": 1, "length": 1, "missing": 1, "loop": 1, "reset": 1, "stall": 0.2}
    plan, shape = seeded(5, 0.5, bad), Shape(slots=32, seconds_per_page=0.01)
    async with Simulator(plan, shape) as server, engine_for(server, max_concurrency=6, idle_seconds=0.3) as engine:
        records = await race(engine, range(1, 61), most=4)
        await until(lambda: server.stats.in_flight == 0)
    # As the client counts: the server needs a moment to see that a connection was closed.
    assert engine.serving().servers[0].most_in_flight <= 6
    assert len(records) == 60
    assert all(len(record.attempts) <= 8 for record in records)
    asked = engine.serving()
    # Each request ended as an attempt or as a fault, those that lost included.
    assert asked.requests == asked.attempts + sum(asked.faults.values())


async def test_parallel_and_sequential_attempts_end_alike() -> None:
    """Faults follow the image alone here, so that the order in which attempts arrive changes nothing."""

    def plan(asked: Asked) -> Fault | None:
        bad: dict[int, Fault] = {0: "malformed", 1: "length", 2: "rotation"}
        return bad.get(asked.image[-1] % 5) if asked.number < 4 or asked.image[-1] % 5 == 2 else None

    ends = []
    for most in (1, 4):
        async with Simulator(plan) as server, engine_for(server) as engine:
            ends.append([record.status for record in await race(engine, range(1, 21), most)])
    assert ends[0] == ends[1]


async def test_parallel_timeouts_are_not_three_in_a_row() -> None:
    async with Simulator(in_turn("stall")) as server, engine_for(server, idle_seconds=0.15) as engine:
        results = await asyncio.gather(
            *(engine.transcribe(request(attempt=attempt)) for attempt in (2, 3, 4)), return_exceptions=True
        )
        assert [type(result) for result in results] == [EngineUnavailable] * 3


@pytest.mark.parametrize("most", [1, 3])
async def test_parallel_attempts_wait_for_a_server_that_comes_back(most: int) -> None:
    async with Simulator(in_turn("malformed", "reset", "reset", None)) as server, engine_for(server) as engine:
        (record,) = await race(engine, range(1, 2), most)
    assert record.status == "ok"
