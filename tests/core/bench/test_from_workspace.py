from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.from_workspace import count_pages, open_latest_run, read_workspace_texts
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import document_record, finish_run


def test_the_texts_are_those_of_the_benchmarks_pdfs_in_the_latest_run(tmp_path: Path, folder: Path) -> None:
    workspace = tmp_path / "ws"
    finish_run(workspace, "r1", document_record("a.pdf", "old"))
    finish_run(workspace, "r2", document_record("a.pdf", "one", "two"), document_record("other.pdf", "x"))
    candidate = read_workspace_texts(workspace, read_bench(folder), "ours")
    assert candidate.texts == {("a.pdf", 1): ("one\n",), ("a.pdf", 2): ("two",)}
    assert open_latest_run(workspace).header().run == "r2"


@pytest.mark.parametrize(("from_cache", "expected"), [(0, 2.0), (1, None)])
def test_seconds_count_only_if_every_page_was_read(
    tmp_path: Path, folder: Path, from_cache: int, expected: float | None
) -> None:
    finish_run(tmp_path / "ws", "r", document_record("a.pdf", "one", "two"), from_cache=from_cache)
    candidate = read_workspace_texts(tmp_path / "ws", read_bench(folder), "ours", seconds=4.0)
    assert candidate.seconds_per_page == expected


def test_a_workspace_without_a_finished_run_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="has no finished run"):
        read_workspace_texts(tmp_path, read_bench(folder), "ours")


def test_pages_are_counted_with_those_from_the_cache_and_those_without_a_recording(tmp_path: Path) -> None:
    record = document_record("a.pdf", "one", "", "", errors={2: "not_recorded", 3: "page_timeout"})
    finish_run(tmp_path, "r", record, from_cache=1)
    pages = count_pages(tmp_path, "r")
    assert (pages.total, pages.from_cache, pages.model, pages.failed, pages.not_recorded) == (3, 1, 1, 2, 1)
