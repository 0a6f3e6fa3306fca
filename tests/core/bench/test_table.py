from __future__ import annotations

from olmocr_core.bench.result import CategoryScore, CheckResult, summarise_results
from olmocr_core.bench.results_store import BenchPages, StoredScores
from olmocr_core.bench.table import format_scores, format_stored_scores
from olmocr_core.domain.ports import EngineIdentity


def result(name: str, passed: dict[str, bool | None], why: str = ""):
    facts = {"candidate": name, "type": "present", "pdf": "a.pdf", "page": 1}
    checks = [CheckResult(category=kind, id=kind, passed=p, explanation=why, **facts) for kind, p in passed.items()]
    return summarise_results(name, checks)


def test_candidates_are_rows_with_the_best_mean_first():
    table = format_scores([result("low", {"a": False, "b": True}), result("high", {"a": True, "b": True})])
    rows = table.splitlines()
    assert rows[0] == "| candidate | a | b | mean | 95% interval | s a page |"
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["high", "low"]
    assert "| 0.0% | 100.0% | 50.0% |" in rows[3]


def test_checks_without_a_verdict_are_dashes_with_a_note():
    table = format_scores([result("c", {"a": True, "math": None}, "no renderer")])
    assert "| c | 100.0% | - | 100.0% |" in table
    assert table.endswith("1 checks have no verdict and are not counted: no renderer.")


def test_a_stored_run_shows_its_pages_and_the_gates_that_do_not_hold():
    scores = StoredScores(
        run="r1", created="2026-01-01T00:00:00+00:00", data="dev", checks="0", candidate="cpu", mean=0.5,
        engine=EngineIdentity(name="cpu", model="m"), interval=(0.4, 0.6),
        categories={"a": CategoryScore(passed=1, judged=2, total=3)}, pages=BenchPages(total=3, ocr=2, not_recorded=1),
        missed=("mean 50.0% < 60.0%",),
    )  # fmt: skip
    shown = format_stored_scores(scores)
    assert shown.startswith("# cpu on dev: 50.0%")
    assert "- **mean 50.0% < 60.0%**" in shown
    assert "| a | 1 | 2 | 50.0% |" in shown
    assert "Pages: 3 total, 2 ocr, 1 not recorded." in shown
    assert "1 checks have no verdict and are not counted." in shown
