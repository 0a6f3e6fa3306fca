from __future__ import annotations

from olmocr_core.domain.models import PageRecord, PageStatus, Transcription
from olmocr_core.reading.progress import Progress, ProgressSnapshot
from tests.core.fakes import DOC_ID, Clock


def record(status: PageStatus = "ok", seconds: float = 0.0) -> PageRecord:
    return PageRecord(
        key="k",
        doc_id=DOC_ID,
        page_number=1,
        status=status,
        route="model",
        engine="e",
        transcription=Transcription(text=""),
        seconds=seconds,
    )


def test_a_run_begins_without_a_rate() -> None:
    clock = Clock()
    progress = Progress(clock)
    clock.now = 3.0
    assert progress.snapshot() == ProgressSnapshot(seconds=3.0)


def test_pages_are_counted_by_status() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.start_stage("reading")
    progress.documents, progress.pages, progress.from_cache = 2, 10, 4
    for status in ("ok", "blank", "fallback", "failed"):
        progress.count_page(record(status))
    now = progress.snapshot()
    assert (now.stage, now.documents, now.pages, now.done, now.from_cache) == ("reading", 2, 10, 8, 4)
    assert (now.fallback, now.failed) == (1, 1)


def test_the_rate_starts_at_the_first_page_and_ignores_the_cache() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.pages, progress.from_cache = 110, 90
    clock.now = 100.0
    progress.count_page(record(seconds=2.0))
    clock.now = 102.0
    progress.count_page(record(seconds=4.0))
    now = progress.snapshot()
    assert now.pages_per_second == 0.5
    assert now.seconds_left == 36.0
    assert now.seconds == 102.0


def test_no_time_is_left_when_all_pages_are_done() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.pages = 1
    clock.now = 5.0
    progress.count_page(record(seconds=5.0))
    assert progress.snapshot().seconds_left == 0.0
    progress.count_page(record(seconds=5.0))
    assert progress.snapshot().seconds_left == 0.0
