"""Format the results of a comparison as a table by category, and insert it into a page between markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from olmocr_core.bench.result import BenchResult, CategoryScore

BEGIN, END = "<!-- bench-tools: begin -->", "<!-- bench-tools: end -->"
# Half of a 95% interval of a rate, in standard errors.
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Row:
    """Facts about a tool besides its scores; ``wall`` and ``processor`` in seconds per page."""

    name: str
    licence: str
    about: str
    wall: float
    processor: float


def format_results(scores: Sequence[Mapping[str, object]], rows: Mapping[str, Row], left_out: Mapping[str, str]) -> str:
    """Format scores with the best mean first, the categories where ours is behind, and how the tools were run."""
    results = sorted((BenchResult.model_validate(score) for score in scores), key=lambda result: -result.mean)
    names = sorted({name for result in results for name in result.categories})
    best = {name: max((_rate(result, name) or 0.0) for result in results) for name in names}
    first = results[0]
    counts = [f"{name} ({_score(first, name).total})" for name in names]
    head = ["checks that hold (checks)", *counts, "mean", "s a page", "processor s a page"]
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    lines += [_line(_cells(result, names, best, rows[result.candidate], first)) for result in results]
    parts = ["\n".join(lines), _judged(results), *_standing(results, names), _how(results, rows)]
    parts += [f"Left out: {'; '.join(f'{name} ({reason})' for name, reason in left_out.items())}."] if left_out else []
    return "\n\n".join(part for part in parts if part)


def replace_between(page: str, text: str) -> str:
    """Replace the text between the markers of a page."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _cells(result: BenchResult, names: list[str], best: dict[str, float], row: Row, first: BenchResult) -> list[str]:
    cells = [result.candidate]
    for name in names:
        rate = _rate(result, name)
        cells.append("no verdict" if rate is None else _bold(f"{rate:.1%}", rate == best[name] > 0))
    half = (result.interval[1] - result.interval[0]) / 2
    cells.append(_bold(f"{result.mean:.1%} ± {100 * half:.1f}", result is first))
    return [*cells, f"{row.wall:.2f}", f"{row.processor:.2f}"]


def _standing(results: list[BenchResult], names: list[str], ours: str = "ours") -> list[str]:
    """List the categories where another tool is ahead, and whether by more than the interval of the difference."""
    own = next((result for result in results if result.candidate == ours), None)
    if own is None:
        return []
    behind = []
    for name in names:
        for result in results:
            mine, theirs = _score(own, name), _score(result, name)
            if theirs.rate > mine.rate:
                gap = theirs.rate - mine.rate
                wide = "more" if gap > _interval(mine, theirs) else "less"
                behind.append(f"{result.candidate} in {name} by {gap:.1%}, {wide} than the interval")
    return [f"Ahead of ours: {'; '.join(behind)}." if behind else "Ours is behind no other tool in any category."]


def _interval(one: CategoryScore, other: CategoryScore) -> float:
    """Half of the 95% interval of a difference of two rates, from 0 to 1."""
    return _NORMAL * sqrt(sum(score.rate * (1 - score.rate) / max(score.judged, 1) for score in (one, other)))


def _judged(results: list[BenchResult]) -> str:
    unjudged = max(result.not_judged for result in results)
    return (
        f"{unjudged} checks have no verdict (`make setup-bench` installs the renderer of equations)."
        if unjudged
        else ""
    )


def _how(results: list[BenchResult], rows: Mapping[str, Row]) -> str:
    lines = ["How they were run:", ""]
    lines += [
        f"- {result.candidate}: {rows[result.candidate].about} ({rows[result.candidate].licence})" for result in results
    ]
    return "\n".join(lines)


def _score(result: BenchResult, name: str) -> CategoryScore:
    return result.categories.get(name, CategoryScore(passed=0, judged=0, total=0))


def _rate(result: BenchResult, name: str) -> float | None:
    score = _score(result, name)
    return score.rate if score.judged else None


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
