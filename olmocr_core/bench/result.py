"""The result of a candidate: each check's result, rates by category, their mean and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from olmocr_core.domain.models import Frozen

BOOTSTRAP_SAMPLES = 1_000
SEED = 20_251_122


class CheckResult(Frozen):
    """One check on one candidate, over all repeats; ``passed`` is None without a verdict.

    A check passes if more than half of the repeats pass; ``share`` is the share that passed; ``explanation`` is that of
    the first failure.
    """

    candidate: str
    category: str
    id: str
    type: str
    pdf: str
    page: int
    passed: bool | None
    share: float = 0.0
    score: float = 0.0
    explanation: str = ""


class CategoryScore(Frozen):
    """``judged`` checks have a verdict; ``total`` counts all."""

    passed: int
    judged: int
    total: int

    @property
    def rate(self) -> float:
        """Passed checks over checks with a verdict, from 0 to 1."""
        return self.passed / self.judged if self.judged else 0.0


class BenchResult(Frozen):
    """A candidate's scores. ``mean`` is the unweighted mean over the categories with verdicts, 0 to 1."""

    candidate: str
    categories: dict[str, CategoryScore]
    mean: float
    interval: tuple[float, float]
    seconds_per_page: float | None = None
    compat: bool = False
    results: tuple[CheckResult, ...] = ()

    @property
    def not_judged(self) -> int:
        """The number of checks without a verdict."""
        return sum(score.total - score.judged for score in self.categories.values())

    def describe_shortfalls(self, floors: Mapping[str, float]) -> tuple[str, ...]:
        """Describe the rates below their floor, by category or ``mean``.

        A category without verdicts is below any floor: a gate that is not tested does not hold.
        """
        return tuple(
            _describe_shortfall(name, self._rate(name), floor)
            for name, floor in floors.items()
            if self._is_below(name, floor)
        )

    def _rate(self, name: str) -> float | None:
        if name == "mean":
            return self.mean if self.categories else None
        score = self.categories.get(name)
        return score.rate if score and score.judged else None

    def _is_below(self, name: str, floor: float) -> bool:
        rate = self._rate(name)
        return rate is None or rate < floor


def _describe_shortfall(name: str, rate: float | None, floor: float) -> str:
    return f"{name} has no verdict, its floor is {floor:.1%}" if rate is None else f"{name} {rate:.1%} < {floor:.1%}"


def summarise_results(
    candidate: str, results: Iterable[CheckResult], seconds_per_page: float | None = None, *, compat: bool = False
) -> BenchResult:
    """Sum up results, with the 95% bootstrap interval of the mean: 1,000 resamples in each category, with a fixed seed."""
    all_results = tuple(results)
    by_category: dict[str, list[CheckResult]] = {}
    for result in all_results:
        by_category.setdefault(result.category, []).append(result)
    scores = {name: _score(members) for name, members in sorted(by_category.items())}
    judged = {name: score for name, score in scores.items() if score.judged}
    mean = sum(score.rate for score in judged.values()) / len(judged) if judged else 0.0
    return BenchResult(
        candidate=candidate,
        categories=scores,
        mean=mean,
        interval=_interval(judged.values()),
        seconds_per_page=seconds_per_page,
        compat=compat,
        results=all_results,
    )


def _score(results: list[CheckResult]) -> CategoryScore:
    judged = [result for result in results if result.passed is not None]
    return CategoryScore(passed=sum(bool(r.passed) for r in judged), judged=len(judged), total=len(results))


def _interval(scores: Iterable[CategoryScore]) -> tuple[float, float]:
    generator = np.random.default_rng(SEED)
    # Resampling n checks and counting those that passed is one binomial draw.
    rates = [generator.binomial(score.judged, score.rate, BOOTSTRAP_SAMPLES) / score.judged for score in scores]
    if not rates:
        return (0.0, 0.0)
    low, high = np.percentile(np.mean(rates, axis=0), (2.5, 97.5))
    return (float(low), float(high))
