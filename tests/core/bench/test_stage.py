from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.bench.gates import Gates
from olmocr_core.bench.results_store import read_history
from olmocr_core.bench.stage import BenchRequest, check_request, diff_with_previous, read_newest_run, score_run
from olmocr_core.domain.errors import UsageError
from olmocr_core.stages.begin_run import RunRef
from tests.core.bench.examples import ALPHA, BOTH, NONE, document_record, finish_run, store_example


def test_a_run_is_compared_with_the_previous_one_of_its_candidate_and_checks(tmp_path: Path, data: Path) -> None:
    first = store_example(tmp_path, data, "r1", ALPHA)
    store_example(tmp_path, data, "r2", NONE, name="other")
    third = store_example(tmp_path, data, "r3", BOTH)
    assert diff_with_previous(tmp_path, first) is None
    diff = diff_with_previous(tmp_path, third)
    assert diff is not None
    assert (diff.before, diff.after) == ("cpu r1", "cpu r3")
    assert [flip.check.id for flip in diff.won] == ["beta"]
    (data / "words.jsonl").write_text((data / "words.jsonl").read_text().replace("beta", "gamma"))
    assert diff_with_previous(tmp_path, store_example(tmp_path, data, "r4", BOTH)) is None, "other checks"


async def test_a_request_is_checked_before_a_page_is_read(data: Path) -> None:
    summary = await check_request(BenchRequest(data=str(data), name="cpu"))
    assert (summary.source, summary.documents, summary.checks) == (str(data / "pdfs"), 1, 3)
    with pytest.raises(UsageError, match="not a rate"):
        await check_request(BenchRequest(data=str(data), name="cpu", gates=Gates(floors={"mean": 2})))
    with pytest.raises(UsageError, match="contains no"):
        await check_request(BenchRequest(data=str(data / "pdfs"), name="cpu"))


async def test_the_scores_of_a_run_are_stored_with_its_pages_and_failed_gates(tmp_path: Path, data: Path) -> None:
    finish_run(tmp_path / "ws", "r1", document_record("a.pdf", ALPHA))
    request = BenchRequest(data=str(data), name="cpu", gates=Gates(floors={"words": 0.9}, pages={"total": 1}))
    scores = await score_run(RunRef(workspace=str(tmp_path / "ws"), run="r1"), request, seconds_per_page=0.5)
    assert scores.categories["words"].rate == 0.5
    assert (scores.pages.total, scores.seconds_per_page, scores.missed) == (1, 0.5, ("words 50.0% < 90.0%",))
    assert read_history(tmp_path / "ws") == [scores]
    assert read_newest_run(tmp_path / "ws").texts == {("a.pdf", 1): (ALPHA,)}


def test_a_workspace_without_runs_has_no_newest_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no benchmark run"):
        read_newest_run(tmp_path)
