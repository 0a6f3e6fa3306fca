from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.bench.gates import Gates
from olmocr_core.bench.table import format_stored_scores
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import ALPHA, store_example


def test_gates_name_what_does_not_hold(tmp_path: Path, data: Path) -> None:
    gates = Gates(floors={"words": 0.5, "mean": 0.9, "baseline": 1.0}, pages={"total": 1, "fallback": 2})
    scores = store_example(tmp_path, data, "r", ALPHA, gates)
    assert scores.missed == ("mean 75.0% < 90.0%", "0 pages fallback, not 2")
    told = format_stored_scores(scores)
    assert "- **mean 75.0% < 90.0%**" in told
    assert "| words | 1 | 2 | 50.0% |" in told


@pytest.mark.parametrize(
    ("gates", "told"), [(Gates(floors={"mean": 60}), "not a rate"), (Gates(pages={"totl": 1}), "totl.*total")]
)
def test_invalid_gates_are_refused(gates: Gates, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        gates.check_names()
