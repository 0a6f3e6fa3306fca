"""Format scores as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.bench.result import BenchResult, CategoryScore
from olmocr_core.bench.results_store import StoredScores


def format_scores(results: Sequence[BenchResult]) -> str:
    """Format candidates as rows and categories as columns, the best mean first. Categories without verdicts are dashes."""
    names = sorted({name for result in results for name in result.categories})
    head = ["candidate", *names, "mean", "95% interval", "s a page"]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    rows += [_row(result, names) for result in sorted(results, key=lambda result: -result.mean)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    unjudged = max((result.not_judged for result in results), default=0)
    if unjudged:
        lines += ["", f"{unjudged} checks have no verdict and are not counted: {_why(results)}"]
    return "\n".join(lines)


def _row(result: BenchResult, names: list[str]) -> list[str]:
    cells = []
    for name in names:
        score = result.categories.get(name)
        cells.append(f"{score.rate:.1%}" if score and score.judged else "-")
    low, high = result.interval
    seconds = "-" if result.seconds_per_page is None else f"{result.seconds_per_page:.2f}"
    return [result.candidate, *cells, f"{result.mean:.1%}", f"{low:.1%} to {high:.1%}", seconds]


def _why(results: Sequence[BenchResult]) -> str:
    reasons = {check.explanation for result in results for check in result.results if check.passed is None}
    return "; ".join(sorted(reasons)) + "."


def format_stored_scores(scores: StoredScores) -> str:
    """Format one stored run: its scores, its pages, and the gates that do not hold."""
    low, high = scores.interval
    head = f"# {scores.candidate} on {scores.data}: {scores.mean:.1%}"
    facts = f"95% interval {low:.1%} to {high:.1%}; run {scores.run}, engine {scores.engine.label}."
    rows = [
        f"| {name} | {each.passed} | {each.judged} | {_rate(each)} |"
        for name, each in sorted(scores.categories.items())
    ]
    categories = ["| category | passed | of | rate |", "| --- | ---: | ---: | ---: |", *rows]
    pages = [f"{count} {name.replace('_', ' ')}" for name, count in scores.pages.model_dump().items() if count]
    unjudged = sum(each.total - each.judged for each in scores.categories.values())
    notes = [f"{unjudged} checks have no verdict and are not counted."] if unjudged else []
    gates = [f"- **{miss}**" for miss in scores.missed]
    parts = [head, facts, "\n".join(gates), "\n".join(categories), f"Pages: {', '.join(pages) or 'none'}.", *notes]
    return "\n\n".join(part for part in parts if part)


def _rate(score: CategoryScore) -> str:
    return f"{score.rate:.1%}" if score.judged else "-"
