from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.bench.diff_inputs import read_side
from olmocr_core.bench.results_store import (
    FOLDER,
)
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import ALPHA, BOTH, store_example


def test_paths_are_read_as_sides(tmp_path: Path, data: Path) -> None:
    store_example(tmp_path / "ws", data, "r1", ALPHA)
    store_example(tmp_path / "ws", data, "r2", BOTH)
    assert read_side(str(tmp_path / "ws")).texts == {("a.pdf", 1): (BOTH,)}
    one = tmp_path / "ws" / FOLDER / "r1"
    assert read_side(f"old={one}").name == "old"
    assert read_side(str(one)).texts == {("a.pdf", 1): (ALPHA,)}
    assert read_side(str(one / "checks.jsonl")).texts is None
    two = tmp_path / "two.jsonl"
    lines = (one / "checks.jsonl").read_text()
    two.write_text(lines + lines.replace('"cpu"', '"gpu"'))
    assert {result.candidate for result in read_side(f"gpu={two}").results} == {"gpu"}
    with pytest.raises(UsageError, match="results of cpu, gpu: choose one"):
        read_side(str(two))
    with pytest.raises(UsageError, match="no results of tpu"):
        read_side(f"tpu={two}")
    with pytest.raises(UsageError, match="--data DATA_DIR"):
        read_side(str(data))
    with pytest.raises(UsageError, match="neither a file of results nor a folder"):
        read_side(str(tmp_path / "nowhere"))
    two.write_text("{}\n")
    with pytest.raises(UsageError, match=r"two\.jsonl, line 1: "):
        read_side(str(two))
