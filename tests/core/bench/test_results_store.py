from __future__ import annotations

from pathlib import Path

from olmocr_core.bench.results_store import (
    FOLDER,
    StoredScores,
    read_history,
    read_stored_run,
)
from olmocr_core.bench.stage import diff_with_previous, read_newest_run
from olmocr_core.storage.paths import ObjectPath
from tests.core.bench.examples import ALPHA, BOTH, NONE, store_example


def test_the_history_is_rebuilt_from_all_stored_runs(tmp_path: Path, data: Path) -> None:
    first, second = (store_example(tmp_path, data, run, text) for run, text in (("r1", ALPHA), ("r2", NONE)))
    path = tmp_path / FOLDER / "history.jsonl"
    path.write_text("an older state of things")
    third = store_example(tmp_path, data, "r3", BOTH)
    lines = path.read_bytes().split(b"\n")
    assert (
        [StoredScores.model_validate_json(line) for line in lines if line]
        == [first, second, third]
        == read_history(tmp_path)
    )
    found = read_stored_run(tmp_path / FOLDER / "r2")
    assert (found.scores, found.texts) == (second, {("a.pdf", 1): (NONE,)})
    assert {result.id: result.passed for result in found.results}["alpha"] is False
    assert read_newest_run(tmp_path).scores == third


def test_runs_are_stored_in_an_object_store_too(bucket: ObjectPath, data: Path) -> None:
    scores = [store_example(bucket / "ws", data, run, text) for run, text in (("r1", ALPHA), ("r2", BOTH))]
    assert read_history(bucket / "ws") == scores
    assert read_newest_run(bucket / "ws").texts == {("a.pdf", 1): (BOTH,)}
    diff = diff_with_previous(bucket / "ws", scores[1])
    assert diff is not None
    assert len(diff.won) == 1
