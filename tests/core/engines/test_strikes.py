"""Whose fault it is: the page's after three faults in a row on a server that is well, the server's otherwise."""

from __future__ import annotations

import logging
from functools import partial

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.ports import TextLayer
from olmocr_core.engines.strikes import Strikes, strikes_needed
from olmocr_core.reading.read_page import read_page
from olmocr_core.reading.retry_policy import Backoff
from tests.core.engines.serving import engine_for, reading, request
from tests.core.fakes import Clock, ImaginaryPages, page
from tests.simulator import Shape, Simulator
from tests.simulator.plan import Asked, Fault

KEY = ("doc", 1, 1)


async def well() -> bool:
    return True


async def unwell() -> bool:
    return False


def bad_page(fault: Fault, asked: Asked) -> Fault | None:
    return fault if asked.image.startswith(b"page 2 ") else None


def test_a_server_that_fails_often_needs_more_proof() -> None:
    assert [strikes_needed(faults, 1000) for faults in (0, 5, 50, 200, 500)] == [3, 3, 5, 9, 19]
    assert strikes_needed(0, 0) == 3


async def test_three_in_a_row_are_the_pages_if_the_server_is_well_before_the_last() -> None:
    strikes = Strikes()
    assert [await strikes.is_the_pages(KEY, well) for _ in range(4)] == [False, False, True, False]


async def test_while_the_server_is_not_well_nothing_is_the_pages() -> None:
    strikes = Strikes()
    assert not any([await strikes.is_the_pages(KEY, unwell) for _ in range(20)])
    assert not await strikes.is_the_pages(KEY, well)


async def test_an_answer_ends_the_row() -> None:
    strikes = Strikes()
    for _ in range(5):
        assert not await strikes.is_the_pages(KEY, well)
        assert not await strikes.is_the_pages(KEY, well)
        strikes.count_answer()
        strikes.forget(KEY)


@pytest.mark.parametrize("fault", ["error_500", "wrong_json", "error_in_stream", "reset", "cut"])
async def test_a_page_on_which_the_server_always_fails_falls_back_and_names_the_reason(fault: Fault) -> None:
    async with Simulator(partial(bad_page, fault)) as server, engine_for(server) as engine:
        pages = ImaginaryPages(TextLayer("from the layer", trusted=False))
        records = [await read_page(page(number), reading(engine, pages, Clock())) for number in (1, 2, 3)]
        assert engine.serving().probes == 1
    assert [record.status for record in records] == ["ok", "fallback", "ok"]
    error = records[1].error
    assert error is not None
    assert error.code == "server_fault"
    assert "failed again and again on this page" in error.message


async def test_a_server_that_fails_on_every_page_is_waited_for() -> None:
    async with Simulator(lambda asked: "error_500") as server, engine_for(server) as engine:
        clock = Clock()
        with pytest.raises(EngineUnavailable, match="planned"):
            await read_page(page(1), reading(engine, clock=clock))
        assert clock.now >= Backoff().budget_seconds


async def test_a_wait_that_is_longer_than_the_budget_ends_with_one_more_request() -> None:
    clock = Clock()
    plan = iter(["throttled_after", None])
    shape = Shape(retry_after="600")
    async with Simulator(lambda asked: next(plan), shape) as server, engine_for(server, clock=clock) as engine:
        record = await read_page(page(1), reading(engine, clock=clock))
    assert record.status == "ok"
    assert clock.now >= 300


async def test_a_fault_that_repeats_is_told_in_the_servers_words(caplog: pytest.LogCaptureFixture) -> None:
    async with Simulator(lambda asked: "error_500") as server, engine_for(server) as engine:
        for number in range(1, 6):
            with pytest.raises(EngineUnavailable):
                await engine.transcribe(request(number))
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1
    assert "Internal server error: planned; asking again" in told[0]
