"""Parallel attempts: they follow the same rules as sequential ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import EngineUnavailable, PageTimeout, RequestRejected, RunError
from olmocr_core.domain.models import Completion, PageRecord
from olmocr_core.domain.ports import PageRequest, TextLayer
from olmocr_core.engines.scripted import ScriptedEngine, Step, answer
from olmocr_core.reading.read_page import read_page
from tests.core.fakes import ImaginaryPages, page, tools

BAD = {
    "length": Completion(answer="---\nprimary_language: en\nThe text goes on", finish_reason="length"),
    "malformed": Completion(answer="Just text."),
    "repetition": Completion(answer="---\n", finish_reason="repetition"),
}
LAYER = TextLayer(text="The text layer", trusted=True, signals={"layer_trusted": True})
By = Callable[[PageRequest], Step]


class Paced(ScriptedEngine):
    """Answers by attempt; ``turns`` are the iterations of the event loop that each one takes."""

    def __init__(self, script: By, turns: Callable[[PageRequest], int] = lambda request: 1) -> None:
        super().__init__(lambda request, call: script(request))
        self._turns = turns
        self.ended_unheard: list[int] = []

    async def transcribe(self, request: PageRequest) -> Completion:
        try:
            for _ in range(self._turns(request)):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.ended_unheard.append(request.attempt.number)
            raise
        return await super().transcribe(request)


async def read(engine: ScriptedEngine, width: int, layer: TextLayer | None = None) -> PageRecord:
    pages = ImaginaryPages(layer=layer)
    return await read_page(page(), replace(tools(engine, pages), parallel_attempts=lambda: width))


def sideways(correction: int = 90) -> Completion:
    return answer("sideways", is_rotation_valid=False, rotation_correction=correction)


async def test_a_rotation_that_one_parallel_attempt_asks_for_is_applied() -> None:
    def script(request: PageRequest) -> Step:
        if request.attempt.rotation_ccw == 90:
            return answer("Upright.")
        return sideways() if request.attempt.number == 2 else BAD["length"]

    alone, raced = await read(Paced(script), 1), await read(Paced(script), 3)
    assert alone.transcription.text == raced.transcription.text == "Upright."
    assert raced.notes == alone.notes


async def test_a_rotation_cancels_the_other_attempts_at_the_same_image() -> None:
    def script(request: PageRequest) -> Step:
        if request.attempt.rotation_ccw == 90:
            return answer("Upright.")
        return BAD["length"] if request.attempt.number == 1 else sideways()

    engine = Paced(script, lambda request: 1 if request.attempt.rotation_ccw or request.attempt.number < 3 else 50)
    record = await read(engine, 3)
    assert [(o.attempt.number, o.verdict) for o in record.attempts][:3] == [(1, "length"), (2, "rotation"), (3, "ok")]
    assert record.accepted_attempt == 3
    assert engine.ended_unheard == [3, 4]


async def test_a_good_answer_ends_the_attempts_whatever_else_finished_with_it() -> None:
    engine = Paced(lambda request: answer("Good.") if request.attempt.number == 2 else BAD["malformed"])
    record = await read(engine, 3)
    assert record.accepted_attempt == 2
    assert engine.calls <= 4


async def test_of_two_good_answers_the_earlier_attempt_is_taken() -> None:
    engine = Paced(lambda request: answer(f"{request.attempt.number}") if request.attempt.number > 1 else BAD["length"])
    assert (await read(engine, 3)).transcription.text == "2"


@pytest.mark.parametrize("error", [PageTimeout("slow"), RequestRejected("400: no"), EngineUnavailable("gone")])
async def test_an_error_of_one_attempt_keeps_the_good_answer_of_another(error: Exception) -> None:
    def script(request: PageRequest) -> Step:
        return {1: BAD["length"], 2: answer("Good.")}.get(request.attempt.number, error)

    engine = Paced(script, lambda request: 60 if request.attempt.number == 2 else 1)
    record = await read(engine, 3)
    assert (record.status, record.transcription.text) == ("ok", "Good.")


async def test_the_record_keeps_the_outcomes_before_an_error() -> None:
    def script(request: PageRequest) -> Step:
        return RequestRejected("400: no") if request.attempt.number == 3 else BAD["length"]

    record = await read(Paced(script), 3, LAYER)
    assert record.status == "failed"
    assert [outcome.attempt.number for outcome in record.attempts] == [1, 2, 4]


async def test_a_run_error_ends_all_parallel_attempts_at_once() -> None:
    def script(request: PageRequest) -> Step:
        return BAD["length"] if request.attempt.number == 1 else RunError("the key is wrong")

    engine = Paced(script, lambda request: 10_000 if request.attempt.number == 4 else 1)
    with pytest.raises(RunError):
        await read(engine, 3)
    assert engine.ended_unheard == [4]


async def test_a_cancelled_page_ends_all_its_attempts() -> None:
    engine = Paced(lambda request: BAD["length"], lambda request: 1 if request.attempt.number == 1 else 10_000)
    task = asyncio.create_task(read(engine, 3))
    for _ in range(100):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(engine.ended_unheard) == [2, 3, 4]


@given(
    verdicts=st.lists(st.sampled_from(["ok", *BAD]), min_size=8, max_size=8),
    turned=st.sampled_from([0, 90, 180, 270]),
    turns=st.lists(st.integers(1, 5), min_size=8, max_size=8),
    width=st.integers(2, 8),
)
def test_parallel_attempts_end_like_sequential_ones(
    verdicts: list[str], turned: int, turns: list[int], width: int
) -> None:
    """A rotated page asks for a correction in its first attempt; later attempts have the given verdicts."""

    def script(request: PageRequest) -> Step:
        number = request.attempt.number
        if number == 1 and turned:
            return sideways(turned)
        verdict = verdicts[number - 1]
        return answer(f"Attempt {number}.") if verdict == "ok" else BAD[verdict]

    engine = Paced(script, lambda request: turns[request.attempt.number - 1])
    alone = asyncio.run(read(Paced(script), 1, LAYER))
    raced = asyncio.run(read(engine, width, LAYER))
    assert (raced.status, raced.route) == (alone.status, alone.route)
    numbers = [outcome.attempt.number for outcome in raced.attempts]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] <= 8
    assert engine.calls <= 8
    if raced.status == "ok" and raced.transcription.text != "sideways":
        assert verdicts[(raced.accepted_attempt or 0) - 1] == "ok"
        assert raced.transcription.text == f"Attempt {raced.accepted_attempt}."
    if "ok" not in verdicts:
        assert [o.attempt.number for o in raced.attempts] == [o.attempt.number for o in alone.attempts]
