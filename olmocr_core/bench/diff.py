"""Compare two results of one benchmark, check by check and page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from olmocr_core.bench.result import BOOTSTRAP_SAMPLES, SEED, CheckResult
from olmocr_core.bench.texts import PageKey

CheckKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One side of a comparison: the results of its checks, and its texts if they are known."""

    name: str
    results: tuple[CheckResult, ...]
    texts: Mapping[PageKey, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A check and its two results, of which at least one exists."""

    before: CheckResult | None
    after: CheckResult | None

    @property
    def check(self) -> CheckResult:
        """The result that identifies the check."""
        known = self.after or self.before
        assert known is not None
        return known


@dataclass(frozen=True, slots=True)
class CategoryDiff:
    """Checks of a category with a verdict on both sides: how many, and how many passed before, after, and on one side only."""

    name: str
    judged: int
    before: int
    after: int
    lost: int
    won: int

    @property
    def difference(self) -> float:
        """After minus before, -1 to 1."""
        return (self.won - self.lost) / self.judged


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page whose text changed, with the joined repeats of each side."""

    pdf: str
    page: int
    before: str | None
    after: str | None
    flips: int


@dataclass(frozen=True, slots=True)
class BenchDiff:
    """``lost`` checks passed before and fail now, ``won`` is the reverse; ``untested`` passed before and have no verdict now.

    ``difference`` is the difference of the mean over the categories, on checks with a verdict on both sides, with its 95%
    ``interval``. ``pages`` are the changed ones of all ``compared``, or None if the texts of one side are not known.
    """

    before: str
    after: str
    categories: tuple[CategoryDiff, ...]
    lost: tuple[Flip, ...]
    won: tuple[Flip, ...]
    untested: tuple[Flip, ...]
    difference: float
    interval: tuple[float, float]
    compared: int = 0
    pages: tuple[PageChange, ...] | None = field(default=None)

    @property
    def regressed(self) -> bool:
        """Whether any check that passed before does not pass now."""
        return bool(self.lost or self.untested)


def diff_results(before: DiffSide, after: DiffSide) -> BenchDiff:
    """Compare two sides. Category and id identify a check, PDF and number a page."""
    pairs = _pairs(before.results, after.results)
    lost = tuple(flip for flip in pairs if _passed(flip.before) and _failed(flip.after))
    won = tuple(flip for flip in pairs if _failed(flip.before) and _passed(flip.after))
    untested = tuple(flip for flip in pairs if _passed(flip.before) and not _judged(flip.after))
    categories = tuple(_categories(pairs))
    flips = Counter((flip.check.pdf, flip.check.page) for flip in (*lost, *won))
    compared, pages = _pages(before.texts, after.texts, flips)
    difference = sum(each.difference for each in categories) / len(categories) if categories else 0.0
    return BenchDiff(
        before=before.name,
        after=after.name,
        categories=categories,
        lost=lost,
        won=won,
        untested=untested,
        difference=difference,
        interval=compute_interval(categories),
        compared=compared,
        pages=pages,
    )


def compute_interval(categories: Sequence[CategoryDiff]) -> tuple[float, float]:
    """The 95% bootstrap interval of the difference of means: 1,000 resamples of pairs in each category, with a fixed seed."""
    if not categories:
        return (0.0, 0.0)
    generator = np.random.default_rng(SEED)
    drawn = []
    for each in categories:
        # Resampling n pairs and counting their outcomes is one multinomial draw.
        shares = np.array([each.lost, each.won, each.judged - each.lost - each.won]) / each.judged
        counts = generator.multinomial(each.judged, shares, BOOTSTRAP_SAMPLES)
        drawn.append((counts[:, 1] - counts[:, 0]) / each.judged)
    low, high = np.percentile(np.mean(drawn, axis=0), (2.5, 97.5))
    return (float(low), float(high))


def _pairs(before: Iterable[CheckResult], after: Iterable[CheckResult]) -> list[Flip]:
    old, new = ({(result.category, result.id): result for result in side} for side in (before, after))
    return [Flip(old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]


def _categories(pairs: Iterable[Flip]) -> Iterable[CategoryDiff]:
    both: dict[str, list[tuple[bool, bool]]] = {}
    for flip in pairs:
        if flip.before and flip.after and flip.before.passed is not None and flip.after.passed is not None:
            both.setdefault(flip.check.category, []).append((flip.before.passed, flip.after.passed))
    for name, made in sorted(both.items()):
        yield CategoryDiff(
            name=name,
            judged=len(made),
            before=sum(old for old, _ in made),
            after=sum(new for _, new in made),
            lost=sum(old and not new for old, new in made),
            won=sum(new and not old for old, new in made),
        )


def _pages(
    before: Mapping[PageKey, tuple[str, ...]] | None,
    after: Mapping[PageKey, tuple[str, ...]] | None,
    flips: Mapping[PageKey, int],
) -> tuple[int, tuple[PageChange, ...] | None]:
    if before is None or after is None:
        return 0, None
    keys = sorted(before.keys() | after.keys())
    changed = [
        PageChange(*key, _joined(before.get(key)), _joined(after.get(key)), flips.get(key, 0))
        for key in keys
        if before.get(key) != after.get(key)
    ]
    # Pages with changed checks first.
    return len(keys), tuple(sorted(changed, key=lambda page: (-page.flips, page.pdf, page.page)))


def _joined(repeats: tuple[str, ...] | None) -> str | None:
    return None if repeats is None else "\n\n".join(repeats)


def _judged(result: CheckResult | None) -> bool:
    return result is not None and result.passed is not None


def _passed(result: CheckResult | None) -> bool:
    return result is not None and result.passed is True


def _failed(result: CheckResult | None) -> bool:
    return result is not None and result.passed is False
