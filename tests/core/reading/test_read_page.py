"""Reading a page with an engine whose faults are scripted."""

import asyncio
from dataclasses import replace

import pytest

from olmocr_core.domain.errors import EngineUnavailable, PageTimeout, RequestRejected
from olmocr_core.domain.models import Completion, PageRecord
from olmocr_core.domain.ports import PageRequest, TextLayer
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.reading.read_page import read_page
from tests.core.fakes import Clock, ImaginaryPages, page, tools

LOOP = Completion(answer="---\n", finish_reason="repetition")
CUT = Completion(answer="---\nprimary_language: en\nThe text goes on and", finish_reason="length")
NO_FRONT_MATTER = Completion(answer="Just text.")
LAYER = TextLayer(text="The text layer of 42 pages", trusted=True, signals={"layer_trusted": True})


async def read(engine: ScriptedEngine, pages: ImaginaryPages | None = None, clock: Clock | None = None) -> PageRecord:
    return await read_page(page(), tools(engine, pages, clock))


async def test_a_good_answer_is_taken_at_once() -> None:
    engine = ScriptedEngine(in_turn(answer("Hello.")))
    record = await read(engine)
    assert (record.status, record.route, record.transcription.text) == ("ok", "model", "Hello.")
    assert record.accepted_attempt == 1
    assert engine.calls == 1
    assert record.attempts[0].completion.answer.startswith("---\nprimary_language: en")


@pytest.mark.parametrize("fault", [CUT, NO_FRONT_MATTER, LOOP], ids=["length", "malformed", "repetition"])
async def test_a_bad_answer_costs_one_attempt(fault: Completion) -> None:
    engine = ScriptedEngine(in_turn(fault, answer("Better.")))
    record = await read(engine)
    assert record.status == "ok"
    assert [outcome.verdict for outcome in record.attempts][-1] == "ok"
    assert len(record.attempts) == 2
    assert record.transcription.text == "Better."


async def test_the_same_image_bytes_are_sent_on_every_attempt() -> None:
    engine = ScriptedEngine(in_turn(CUT, CUT, answer("Good.")))
    pages = ImaginaryPages()
    await read(engine, pages)
    assert len({request.image for request in engine.requests}) == 1
    assert pages.rendered == [(1, 0)]


async def test_a_loop_raises_the_temperature() -> None:
    engine = ScriptedEngine(in_turn(LOOP, answer("Good.")))
    await read(engine)
    assert [request.attempt.temperature for request in engine.requests] == [0.1, 0.2]


async def test_a_loop_is_detected_although_the_server_reports_stop() -> None:
    engine = ScriptedEngine(in_turn(answer("again and again " * 200), answer("Good.")))
    record = await read(engine)
    assert [outcome.verdict for outcome in record.attempts] == ["repetition", "ok"]


async def test_rotation_corrections_add_up() -> None:
    def script(request, call):  # type: ignore[no-untyped-def]
        upright = request.attempt.rotation_ccw == 180
        return answer(
            "Upright." if upright else "sideways", is_rotation_valid=upright, rotation_correction=0 if upright else 90
        )

    engine = ScriptedEngine(script)
    record = await read(engine)
    assert [request.image for request in engine.requests] == [
        b"page 1 turned 0",
        b"page 1 turned 90",
        b"page 1 turned 180",
    ]
    assert record.transcription.text == "Upright."


async def test_the_best_rotated_answer_is_accepted_in_the_end() -> None:
    engine = ScriptedEngine(in_turn(answer("sideways", is_rotation_valid=False, rotation_correction=90)))
    record = await read(engine)
    assert (record.status, record.transcription.text) == ("ok", "sideways")
    assert engine.calls == 8
    assert "still called the page turned" in record.notes[-1]


async def test_all_attempts_used_falls_back_to_the_text_layer() -> None:
    engine = ScriptedEngine(in_turn(NO_FRONT_MATTER))
    record = await read(engine, ImaginaryPages(layer=LAYER))
    assert (record.status, record.route) == ("fallback", "fallback")
    assert record.transcription.text == LAYER.text
    assert engine.calls == 8
    assert record.error is not None
    assert "8 attempts" in record.error.message


async def test_all_attempts_used_without_a_text_layer_is_a_failed_page() -> None:
    record = await read(ScriptedEngine(in_turn(CUT)))
    assert (record.status, record.transcription.text) == ("failed", "")
    assert len(record.attempts) == 8


async def test_a_connection_fault_is_not_an_attempt() -> None:
    clock = Clock()
    engine = ScriptedEngine(in_turn(EngineUnavailable("refused"), EngineUnavailable("503"), answer("Back.")))
    record = await read(engine, clock=clock)
    assert record.status == "ok"
    assert len(record.attempts) == 1
    assert len(clock.slept) == 2


async def test_retry_after_is_respected() -> None:
    clock = Clock()
    engine = ScriptedEngine(in_turn(EngineUnavailable("429", retry_after=17.0), answer("Back.")))
    await read(engine, clock=clock)
    assert clock.slept == [17.0]


async def test_an_engine_that_stays_unavailable_fails_the_slice() -> None:
    engine = ScriptedEngine(in_turn(EngineUnavailable("refused")))
    with pytest.raises(EngineUnavailable):
        await read(engine)


async def test_a_rejected_request_fails_the_page_with_the_servers_message() -> None:
    engine = ScriptedEngine(in_turn(RequestRejected("400: could not decode image")))
    record = await read(engine, ImaginaryPages(layer=LAYER))
    assert record.status == "failed"
    assert record.error is not None
    assert record.error.message == "400: could not decode image"
    assert engine.calls == 1


async def test_a_page_error_falls_back_to_the_text_layer() -> None:
    record = await read(ScriptedEngine(in_turn(PageTimeout("took too long"))), ImaginaryPages(layer=LAYER))
    assert record.status == "fallback"
    assert record.error is not None
    assert record.error.code == "page_timeout"


async def test_a_page_without_text_whose_image_is_damaged_has_failed() -> None:
    pages = ImaginaryPages(damaged=frozenset({1}))
    record = await read(ScriptedEngine(in_turn(answer(""))), pages)
    assert (record.status, record.error and record.error.code) == ("failed", "damaged_image")
    assert len(record.attempts) == 1
    sound = await read(ScriptedEngine(in_turn(answer(""))), ImaginaryPages())
    assert (sound.status, sound.transcription.text) == ("ok", "")
    written = await read(ScriptedEngine(in_turn(answer("some text"))), pages)
    assert written.status == "ok", "what was read is kept"


async def test_a_blank_page_never_reaches_the_engine() -> None:
    engine = ScriptedEngine()
    record = await read(engine, ImaginaryPages(blank=frozenset({1})))
    assert (record.status, record.route, engine.calls) == ("blank", "blank", 0)


async def test_a_page_that_cannot_be_rendered_falls_back_or_fails() -> None:
    engine = ScriptedEngine()
    with_layer = await read(engine, ImaginaryPages(layer=LAYER, broken=frozenset({1})))
    without = await read(engine, ImaginaryPages(broken=frozenset({1})))
    assert (with_layer.status, without.status, engine.calls) == ("fallback", "failed", 0)


async def test_what_was_read_is_compared_with_a_trusted_layer() -> None:
    engine = ScriptedEngine(in_turn(answer("The text layer of 24 pages")))
    signals = (await read(engine, ImaginaryPages(layer=LAYER))).signals
    assert signals["layer_number_recall"] == 0
    assert signals["layer_character_recall"] == 1


async def test_raw_answers_are_kept_for_better_parsers() -> None:
    record = await read(ScriptedEngine(in_turn(NO_FRONT_MATTER, answer("Good."))))
    again = PageRecord.model_validate_json(record.model_dump_json())
    assert again == record
    assert again.attempts[0].completion.answer == "Just text."


async def test_remaining_attempts_run_in_parallel_while_slots_are_idle() -> None:
    release = asyncio.Event()

    class Racing(ScriptedEngine):
        async def transcribe(self, request: PageRequest) -> Completion:
            if request.attempt.number == 2:
                await release.wait()
            return await super().transcribe(request)

    engine = Racing(lambda request, call: CUT if request.attempt.number < 3 else answer("Third."))
    record = await read_page(page(), replace(tools(engine), parallel_attempts=lambda: 3))
    assert (record.status, record.transcription.text) == ("ok", "Third.")
    # The fourth may have answered at the same moment; the second was cancelled.
    numbers = [outcome.attempt.number for outcome in record.attempts]
    assert numbers[:2] == [1, 3]
    assert 2 not in numbers
    assert record.accepted_attempt in (3, 4)


async def test_parallel_attempts_without_a_good_answer_continue_the_sequence() -> None:
    engine = ScriptedEngine(in_turn(CUT))
    record = await read_page(page(), replace(tools(engine), parallel_attempts=lambda: 3))
    alone = await read(ScriptedEngine(in_turn(CUT)))
    assert [outcome.attempt for outcome in record.attempts] == [outcome.attempt for outcome in alone.attempts]
    assert record.status == alone.status


async def test_an_unavailable_engine_ends_parallel_attempts() -> None:
    def script(request: PageRequest, call: int) -> Completion | Exception:
        return CUT if request.attempt.number == 1 else RequestRejected("400: no")

    record = await read_page(page(), replace(tools(ScriptedEngine(script)), parallel_attempts=lambda: 3))
    assert record.status == "failed"
    assert record.error is not None
    assert "400: no" in record.error.message
