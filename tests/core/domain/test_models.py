from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from olmocr_core.domain.models import (
    Attempt,
    AttemptOutcome,
    Completion,
    DocumentRecord,
    Frozen,
    PageRecord,
    Source,
    Transcription,
    Usage,
)

texts = st.text(max_size=30)


@given(texts, st.sampled_from([0, 90, 180, 270]), st.integers(0, 10**6), st.floats(0, 1))
def test_a_page_record_comes_back_from_json(text: str, rotation: int, tokens: int, temperature: float) -> None:
    transcription = Transcription.model_validate({"text": text, "rotation_correction": rotation, "header": (text,)})
    completion = Completion(answer=text, usage=Usage(input_tokens=tokens), signals={"share": temperature, "seen": True})
    outcome = AttemptOutcome(
        attempt=Attempt(number=1, temperature=temperature), completion=completion, verdict="ok", detail=text
    )
    record = PageRecord(
        key="k", doc_id="d", page_number=1, status="ok", route="model", engine="e", transcription=transcription,
        attempts=(outcome,), accepted_attempt=1, seconds=0.5,
    )  # fmt: skip
    assert PageRecord.model_validate_json(record.model_dump_json()) == record


def test_stored_values_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Source(uri="a", name="b").uri = "c"  # type: ignore[misc]


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Source.model_validate({"uri": "a", "name": "b", "more": 1})


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Transcription, {"text": "", "rotation_correction": 45}),
        (DocumentRecord, {"doc_id": "d", "sources": [], "kind": "pdf", "status": "lost"}),
        (Attempt, {"number": 1, "temperature": 0.1, "rotation_ccw": 91}),
    ],
)
def test_values_out_of_range_are_errors(model: type[Frozen], values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)
