"""What a benchmark says of a candidate: every check's result, rates by category, their mean and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from olmocr_core.domain.models import Frozen

BOOTSTRAP_SAMPLES = 1_000
SEED = 20_251_122


class CheckResult(Frozen):
    """One check on one candidate, over all repeats; ``passed`` is None where it was not judged.

    ``passed`` needs more than half of the repeats; ``share`` is how many passed; ``explanation`` is of the first that
    failed.
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
    """``rate`` is passed over judged; ``total`` counts those that were not judged, too."""

    passed: int
    judged: int
    total: int

    @property
    def rate(self) -> float:
        """From 0 to 1."""
        return self.passed / self.judged if self.judged else 0.0


class BenchResult(Frozen):
    """A candidate's scores. ``mean`` is unweighted over the categories in which anything was judged; 0 to 1."""

    candidate: str
    categories: dict[str, CategoryScore]
    mean: float
    interval: tuple[float, float]
    seconds_per_page: float | None = None
    compat: bool = False
    results: tuple[CheckResult, ...] = ()

    @property
    def not_judged(self) -> int:
        """How many checks count for nothing."""
        return sum(score.total - score.judged for score in self.categories.values())

    def describe_shortfalls(self, floors: Mapping[str, float]) -> tuple[str, ...]:
        """What is under its floor, in words for people; ``mean`` is a name beside the categories'.

        A category that was not judged, or is not there, is under any floor: a gate that is not tested is not passed.
        """
        return tuple(_miss(name, self._rate(name), floor) for name, floor in floors.items() if self._short(name, floor))

    def _rate(self, name: str) -> float | None:
        if name == "mean":
            return self.mean if self.categories else None
        score = self.categories.get(name)
        return score.rate if score and score.judged else None

    def _short(self, name: str, floor: float) -> bool:
        rate = self._rate(name)
        return rate is None or rate < floor


def _miss(name: str, rate: float | None, floor: float) -> str:
    return f"{name} was not judged, its floor is {floor:.1%}" if rate is None else f"{name} {rate:.1%} < {floor:.1%}"


def summarise_results(
    candidate: str, results: Iterable[CheckResult], seconds_per_page: float | None = None, *, compat: bool = False
) -> BenchResult:
    """Add up. The interval holds 95% of 1,000 means, each of checks drawn anew within each category; always the same."""
    kept = tuple(results)
    by_category: dict[str, list[CheckResult]] = {}
    for result in kept:
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
        results=kept,
    )


def _score(results: list[CheckResult]) -> CategoryScore:
    judged = [result for result in results if result.passed is not None]
    return CategoryScore(passed=sum(bool(r.passed) for r in judged), judged=len(judged), total=len(results))


def _interval(scores: Iterable[CategoryScore]) -> tuple[float, float]:
    generator = np.random.default_rng(SEED)
    # Drawing n checks with replacement and counting those that passed is one binomial draw.
    rates = [generator.binomial(score.judged, score.rate, BOOTSTRAP_SAMPLES) / score.judged for score in scores]
    if not rates:
        return (0.0, 0.0)
    low, high = np.percentile(np.mean(rates, axis=0), (2.5, 97.5))
    return (float(low), float(high))
