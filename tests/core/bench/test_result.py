from __future__ import annotations

from olmocr_core.bench.result import CheckResult, summarise_results


def results(passed: list[bool | None]) -> list[CheckResult]:
    facts = {"candidate": "c", "category": "k", "type": "math", "pdf": "a", "page": 1}
    return [CheckResult(id=str(number), passed=each, **facts) for number, each in enumerate(passed)]


def test_checks_without_a_verdict_do_not_count_and_pass_no_floor():
    result = summarise_results("c", results([True, None, False]))
    assert (result.mean, result.not_judged) == (0.5, 1)
    assert result.describe_shortfalls({"k": 0.5, "mean": 0.5}) == ()
    assert len(result.describe_shortfalls({"k": 0.6, "other": 0.0})) == 2
    assert summarise_results("c", results([None])).describe_shortfalls({"k": 0.0}) == (
        "k has no verdict, its floor is 0.0%",
    )


def test_the_interval_is_deterministic_and_contains_the_mean():
    first = summarise_results("c", results([True] * 30 + [False] * 20))
    assert first.interval == summarise_results("c", results([True] * 30 + [False] * 20)).interval
    assert first.interval[0] < 0.6 < first.interval[1]
    assert summarise_results("c", results([True] * 9)).interval == (1.0, 1.0)
