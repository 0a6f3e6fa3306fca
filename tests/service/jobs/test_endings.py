from __future__ import annotations

import time

import pytest

from olmocr_core.domain.errors import DiskFull, EngineUnavailable, RequestRejected, RunError, SourceAway
from olmocr_core.domain.models import DocumentRecord, ErrorInfo
from service.jobs.endings import end_as_read, end_by_error, hide_path
from tests.service.jobs.examples import DOCUMENT, a_job


def record(status: str, *reasons: str) -> DocumentRecord:
    values = {"doc_id": DOCUMENT, "sources": (), "kind": "pdf", "status": status, "reasons": reasons, "page_count": 2}
    return DocumentRecord.model_validate(values)


@pytest.mark.parametrize("error", [EngineUnavailable("the server is away"), SourceAway("gone"), DiskFull("full")])
def test_what_may_pass_is_tried_again_after_longer_and_longer_waits(error: Exception) -> None:
    job = a_job(created=time.time())
    waits = []
    for _ in range(12):
        job = end_by_error(job, error, retry_hours=1)
        assert job.state == "queued"
        waits.append(round(job.not_before - time.time(), 1))
    assert waits == sorted(waits)
    assert waits[0] == 1.0
    assert waits[-1] == 300.0
    assert job.tries == 12
    assert job.reasons[0].message == str(error)


def test_in_the_end_it_fails_with_the_last_reason() -> None:
    ended = end_by_error(a_job(created=time.time() - 3601), EngineUnavailable("the server is away"), retry_hours=1)
    assert (ended.state, ended.reasons[0].code) == ("failed", "engine_unavailable")
    assert ended.finished


@pytest.mark.parametrize("error", [RunError("the key is wrong"), RequestRejected("no"), ZeroDivisionError("secret")])
def test_everything_else_fails_at_once_and_says_nothing_of_the_inside(error: Exception) -> None:
    ended = end_by_error(a_job(created=time.time()), error, retry_hours=1)
    assert ended.state == "failed"
    assert "secret" not in ended.reasons[0].message


@pytest.mark.parametrize(
    ("status", "state"), [("kept", "done"), ("partial", "done"), ("held_back", "done"), ("failed", "failed")]
)
def test_a_record_ends_the_job(status: str, state: str) -> None:
    reasons = () if status == "kept" else (f"/srv/data/documents/ab/{DOCUMENT}: page 1 failed",)
    ended, stored = end_as_read(a_job(), record(status, *reasons), None, "recipe")
    assert (ended.state, ended.document_status, ended.pages, ended.recipe) == (state, status, 2, "recipe")
    assert [reason.message for reason in ended.reasons] == ["a.pdf: page 1 failed" for _ in reasons]
    assert DocumentRecord.model_validate_json(stored).reasons == tuple(reason.message for reason in ended.reasons)


def test_a_document_that_cannot_be_opened_fails_with_the_code_of_its_error() -> None:
    error = ErrorInfo(code="encrypted_document", message="it needs a password")
    ended, _ = end_as_read(a_job(), record("failed", error.message), error, "recipe")
    assert ended.reasons == (error,)


def test_paths_of_the_machine_are_hidden() -> None:
    assert hide_path(f"/srv/documents/ab/{DOCUMENT}: no", a_job(filename="a\\1.pdf")) == "a\\1.pdf: no"
