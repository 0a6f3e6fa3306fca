from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Attempt, AttemptOutcome, Completion, PageRecord, Transcription
from olmocr_core.engines.scripted import answer, in_turn
from olmocr_core.recordings.format import (
    HEADER,
    RecordedAttempt,
    Recording,
    answers_path,
    extract_attempts,
)
from tests.core.fakes import DOC_ID
from tests.core.recordings.making import recorded

BAD = Completion(answer="no front matter")


async def test_a_recording_has_one_line_per_attempt(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(BAD, answer("Line\u2028one\nand – two")))
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"answers/dd/{DOC_ID}.jsonl", HEADER]
    lines = [json.loads(line) for line in (tmp_path / files[0]).read_text("utf-8").split("\n") if line]
    assert [(line["page"], line["attempt"], line["temperature"]) for line in lines] == [(1, 1, 0.1), (1, 2, 0.1)]
    assert [line["verdict"] for line in lines] == ["malformed", "ok"]
    assert lines[1]["completion"]["answer"].endswith("Line\u2028one\nand – two")
    assert lines[1]["completion"]["usage"]["input_tokens"] == 1700
    found = Recording(tmp_path).attempts(DOC_ID, 1)
    assert [attempt.completion.answer for attempt in found] == [line["completion"]["answer"] for line in lines]
    assert Recording(tmp_path).attempts(DOC_ID, 2) == ()
    assert Recording(tmp_path).attempts("e" * 64, 1) == ()


async def test_the_digest_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    await recorded(tmp_path / "a", in_turn(answer("one")))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert Recording(tmp_path / "a").digest == Recording(tmp_path / "b").digest
    path = answers_path(tmp_path / "b", DOC_ID)
    path.write_text(path.read_text().replace("one", "two"))
    assert Recording(tmp_path / "a").digest != Recording(tmp_path / "b").digest


async def test_an_unreadable_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no recording"):
        Recording(tmp_path / "nowhere")
    await recorded(tmp_path, in_turn(BAD, answer("two")))
    path = answers_path(tmp_path, DOC_ID)
    whole = path.read_text()
    path.write_text(whole[:-20])
    with pytest.raises(UsageError, match=rf"{DOC_ID}\.jsonl, line 2: "):
        Recording(tmp_path).attempts(DOC_ID, 1)
    path.write_text(whole.replace(DOC_ID, "e" * 64))
    with pytest.raises(UsageError, match="another document"):
        Recording(tmp_path).attempts(DOC_ID, 1)
    (tmp_path / HEADER).write_text(json.dumps({"version": 2}))
    with pytest.raises(UsageError, match=r"recording\.json: "):
        Recording(tmp_path)


@given(st.text(), st.sampled_from(["stop", "length", "repetition"]), st.sampled_from([0, 90, 180, 270]))
def test_an_attempt_reads_back_as_written(text: str, finish: str, turn: int) -> None:
    completion = Completion.model_validate({"answer": text, "finish_reason": finish})
    made = Attempt.model_validate({"number": 3, "temperature": 0.2, "rotation_ccw": turn})
    outcome = AttemptOutcome(attempt=made, completion=completion, verdict="malformed")
    record = PageRecord(
        key="k",
        doc_id=DOC_ID,
        page_number=7,
        status="failed",
        route="none",
        engine="e",
        transcription=Transcription(text=""),
        attempts=(outcome,),
    )
    (attempt,) = extract_attempts(record)
    assert RecordedAttempt.model_validate_json(attempt.model_dump_json(exclude_defaults=True)) == attempt
    assert (attempt.completion, attempt.rotation_ccw, attempt.attempt) == (completion, turn, 3)
