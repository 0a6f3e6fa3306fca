from __future__ import annotations

from collections import Counter

from scripts.soak.meter import Series
from scripts.soak.table import Result, format_table


def test_a_line_a_figure_and_each_broken_invariant() -> None:
    result = Result(
        minutes=45.04,
        seed=3,
        kills=Counter({"shard": 2, "model server": 1}),
        ends=Counter({"nightly-ingestion completed": 4}),
        changes=Counter({"add": 1}),
        documents=5,
        pages=9,
        asked_again=7,
        series=[Series("cpu worker", "MB", (100.0, 101.4))],
        broken=["page 1 has two records"],
    )
    lines = format_table(result).splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["minutes, seed", "kills", "runs"]
    assert lines[1].endswith("3: 1 model server, 2 shard")
    assert "cpu worker, MB" in lines[7]
    assert lines[7].endswith("100 -> 101")
    assert lines[-2:] == [f"{'broken invariants':36}1", "BROKEN page 1 has two records"]
