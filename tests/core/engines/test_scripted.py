from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineContext
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn, open_engine
from olmocr_core.pdf.page_reader import open_pool
from olmocr_core.reading.front_matter import parse_answer
from tests.core.engines.serving import request
from tests.core.fakes import DOC_ID


async def test_each_page_gets_its_own_steps_and_the_last_one_again_and_again() -> None:
    engine = ScriptedEngine(in_turn(EngineUnavailable("away"), answer("one"), answer("two")))
    texts = []
    for number in (1, 2):
        with pytest.raises(EngineUnavailable, match="away"):
            await engine.transcribe(request(number))
        texts += [parse_answer((await engine.transcribe(request(number))).answer).text for _ in range(3)]
    assert texts == ["one", "two", "two"] * 2
    assert engine.calls == 8
    assert [kept.page.page_number for kept in engine.requests] == [1] * 4 + [2] * 4


async def test_requests_in_flight_are_counted() -> None:
    engine = ScriptedEngine(seconds=0.01, concurrency=3)
    await asyncio.gather(*(engine.transcribe(request(number)) for number in range(1, 6)))
    assert (engine.in_flight, engine.most_in_flight, engine.concurrency) == (0, 5, 3)


def test_an_answer_has_the_models_format() -> None:
    read = parse_answer(answer("Text", is_rotation_valid=False, rotation_correction=90, is_table=True).answer)
    assert (read.text, read.rotation_correction, read.is_table, read.primary_language) == ("Text", 90, True, "en")


async def test_the_engine_instant_names_the_page_and_keeps_no_requests() -> None:
    settings = Settings(engine="instant")
    async with open_pool(settings) as pool, open_engine(settings, EngineContext(pool)) as engine:
        completion = await engine.transcribe(request(3))
    assert parse_answer(completion.answer).text == f"Page 3 of document {DOC_ID[:12]}."
    assert (engine.identity.label, engine.requests, engine.calls) == ("instant:script", [], 1)
