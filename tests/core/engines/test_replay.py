"""The engine replay: what a page was answered once, it is answered again, and what was never answered is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import PageTimeout, RequestRejected
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Completion, PageRecord
from olmocr_core.domain.ports import PageRequest, TextLayer
from olmocr_core.domain.settings import Settings
from olmocr_core.engines import replay
from olmocr_core.engines.replay import ReplayEngine
from olmocr_core.engines.scripted import Script, ScriptedEngine, answer, in_turn
from olmocr_core.reading.front_matter import parse_markdown
from olmocr_core.reading.read_page import read_page
from olmocr_core.recordings.format import HEADER, Recording, answers_path
from olmocr_core.recordings.write import RecordingWriter
from tests.core.fakes import DOC_ID, ImaginaryPages, page, recipe, tools
from tests.core.recordings.making import recorded, replayed

BAD = Completion(answer="no front matter")
LOOP = Completion(answer="and so on " * 200, finish_reason="repetition")
TURNED = answer("lying", is_rotation_valid=False, rotation_correction=90)
VOLATILE = {"key", "engine", "seconds"}


def told(record: PageRecord) -> dict[str, object]:
    """A record without what names the engine or measures time."""
    kept = record.model_dump(exclude=VOLATILE)
    for attempt in kept["attempts"]:
        attempt["seconds"] = 0
    return kept


@pytest.mark.parametrize(
    "script",
    [
        in_turn(answer("good")),
        in_turn(BAD, LOOP, answer("good")),
        in_turn(TURNED, answer("upright")),
        in_turn(TURNED),
        in_turn(BAD),
        in_turn(answer("")),
        in_turn(BAD, RequestRejected("server: 400, too large")),
        in_turn(PageTimeout("the server is well")),
    ],
    ids=["good", "ladder", "turned", "never upright", "all bad", "empty", "rejected", "timed out"],
)
@pytest.mark.parametrize("layer", [None, TextLayer(text="the layer's words", trusted=True)], ids=["bare", "layer"])
async def test_a_page_ends_as_it_was_recorded(tmp_path: Path, script: Script, layer: TextLayer | None) -> None:
    (record,) = await recorded(tmp_path, script, ImaginaryPages(layer))
    assert told(await replayed(tmp_path, ImaginaryPages(layer))) == told(record)


async def test_blank_pages_need_no_answer(tmp_path: Path) -> None:
    pages = ImaginaryPages(blank=frozenset({2}))
    await recorded(tmp_path, in_turn(answer("x")), pages, count=2)
    assert (await replayed(tmp_path, pages, 2)).status == "blank"


@pytest.mark.parametrize(
    ("layer", "status"), [(None, "failed"), (TextLayer(text="words", trusted=True), "fallback")], ids=["bare", "layer"]
)
async def test_a_page_without_recorded_attempts_is_not_recorded(
    tmp_path: Path, layer: TextLayer | None, status: str
) -> None:
    await recorded(tmp_path, in_turn(answer("x")))
    record = await replayed(tmp_path, ImaginaryPages(layer), 2)
    assert record.status == status
    assert record.error is not None
    assert (record.error.code, record.error.message) == (
        "not_recorded",
        "the recording holds no answer to page 2",
    )


def rewrite(folder: Path, change: object) -> None:
    """Change the lines of the recorded document."""
    path = answers_path(folder, DOC_ID)
    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    path.write_text("".join(json.dumps(line) + "\n" for line in change(lines)), "utf-8")  # type: ignore[operator]


async def test_the_next_recorded_attempt_fills_a_gap_left_by_parallel_attempts(tmp_path: Path) -> None:
    (record,) = await recorded(tmp_path, in_turn(BAD, BAD, BAD, answer("won the race")))
    rewrite(tmp_path, lambda lines: [lines[0], lines[3]])
    again = await replayed(tmp_path)
    assert again.transcription == record.transcription
    assert again.accepted_attempt == 2
    assert again.notes == ("recorded as attempt 4 at temperature 0.3",)


async def test_an_attempt_beyond_the_recorded_ones_is_not_recorded(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(BAD, answer("good")))
    rewrite(tmp_path, lambda lines: lines[:1])
    record = await replayed(tmp_path)
    assert record.error is not None
    assert record.error.code == "not_recorded"
    assert record.error.message == "the recording holds 1 attempt at page 1, and attempt 2 is asked for"
    assert [outcome.verdict for outcome in record.attempts] == ["malformed"]


async def test_an_answer_to_another_rotation_is_not_used(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(BAD, answer("upright")))
    turned = TURNED.model_dump(mode="json")
    rewrite(tmp_path, lambda lines: [{**lines[0], "completion": turned}, lines[1]])
    record = await replayed(tmp_path)
    assert record.error is not None
    assert record.error.code == "not_recorded"
    assert "turned by 0 degrees, and now 90" in record.error.message


async def test_the_identity_changes_with_the_recording_and_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(tmp_path, in_turn(answer("one")))
    first = ReplayEngine(Recording(tmp_path)).identity
    assert first == ReplayEngine(Recording(tmp_path)).identity
    assert (first.name, first.model, dict(first.decoding)["recorded_engine"]) == ("replay", "script", "scripted")
    monkeypatch.setattr(replay, "REPLAY_CODE", replay.REPLAY_CODE[1:])
    second = ReplayEngine(Recording(tmp_path)).identity
    monkeypatch.undo()
    rewrite(tmp_path, lambda lines: [{**lines[0], "temperature": 0.7}])
    third = ReplayEngine(Recording(tmp_path)).identity
    header = json.loads((tmp_path / HEADER).read_text())
    header["engine"]["revision"] = "abc"
    (tmp_path / HEADER).write_text(json.dumps(header))
    fourth = ReplayEngine(Recording(tmp_path)).identity
    assert len({first, second, third, fourth}) == 4


async def test_answers_are_read_by_the_recorded_models_profile(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(answer("one")))
    header = json.loads((tmp_path / HEADER).read_text())
    header["engine"]["decoding"] = [["answer", "markdown"], ["rotation", "counter_clockwise"]]
    (tmp_path / HEADER).write_text(json.dumps(header))
    assert ReplayEngine(Recording(tmp_path)).parse("# no front matter").text == "# no front matter"
    header["engine"]["decoding"] = [["answer", "front_matter"], ["rotation", "clockwise"]]
    (tmp_path / HEADER).write_text(json.dumps(header))
    assert ReplayEngine(Recording(tmp_path)).parse(TURNED.answer).rotation_correction == 270


async def test_pages_are_drawn_and_attempts_made_as_in_the_recorded_run(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(answer("one")))
    header = json.loads((tmp_path / HEADER).read_text()) | {"max_attempts": 3, "temperatures": [0.5]}
    (tmp_path / HEADER).write_text(json.dumps(header))
    engine = ReplayEngine(Recording(tmp_path))
    plain = engine.adapt_settings(Settings())
    assert (plain.ladder.max_attempts, plain.ladder.temperatures, plain.ladder.race) == (3, (0.5,), 1)
    assert plain.render == Recording(tmp_path).header.render
    given = load_settings({"ladder": {"max_attempts": 5}, "render": {"encoding": "png"}}, environ={})
    asked = engine.adapt_settings(given)
    assert (asked.ladder.max_attempts, asked.ladder.temperatures, asked.render.encoding) == (5, (0.5,), "png")


async def test_a_more_lenient_parser_changes_the_result(tmp_path: Path) -> None:
    """The first answer has no front matter, which an older parser refused; a lenient one takes it."""
    await recorded(tmp_path, in_turn(BAD, answer("the second")))
    engine = ReplayEngine(Recording(tmp_path))
    strict = await read_page(page(), tools(engine))
    lenient = await read_page(page(), replace(tools(engine), parse=parse_markdown))
    assert (strict.transcription.text, strict.accepted_attempt) == ("the second", 2)
    assert (lenient.transcription.text, lenient.accepted_attempt) == ("no front matter", 1)


STEPS = {
    "bad": BAD,
    "loop": LOOP,
    "good": answer("good"),
    "blank": answer(""),
    "90": TURNED,
    "180": answer("upside down", is_rotation_valid=False, rotation_correction=180),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=8), st.integers(1, 4))
async def test_parallel_attempts_replay_to_the_same_result(kinds: list[str], width: int) -> None:
    """All attempts of a race come back in one moment here, the worst case; each answer names its attempt."""

    def script(request: PageRequest, call: int) -> Completion:
        step = STEPS[kinds[min(call, len(kinds)) - 1]]
        return step.model_copy(update={"answer": step.answer.replace("good", f"good {call}")})

    with TemporaryDirectory() as folder:
        engine = ScriptedEngine(script)
        record = await read_page(page(), replace(tools(engine), parallel_attempts=lambda: width))
        RecordingWriter(Path(folder), recipe(engine)).write_document(DOC_ID, [record])
        again = await replayed(Path(folder))
    assert (again.status, again.transcription) == (record.status, record.transcription)
    assert (again.error is None) == (record.error is None)
