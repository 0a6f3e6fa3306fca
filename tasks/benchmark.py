"""Tasks of the flow ``benchmark``: check the request, score a run and store the result, show it in the UI."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from olmocr_core.bench import stage
from olmocr_core.bench.diff_table import format_diff
from olmocr_core.bench.results_store import StoredScores, read_history
from olmocr_core.bench.stage import BenchRequest, BenchSummary
from olmocr_core.bench.table import format_stored_scores
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.output import RunSummary
from tasks.decorator import task

HISTORY_ROWS = 200
_CHECKS, _PAGES = 30, 10


@task("check-benchmark", "read the checks of {order.data}")
async def check(order: BenchRequest) -> BenchSummary:
    """Read the benchmark's checks before any page is read."""
    return await stage.check_request(order)


@task("score", "score run {ref.run}")
async def score(ref: RunRef, order: BenchRequest, seconds_per_page: float | None) -> StoredScores:
    """Score a judged run and store the result in its workspace."""
    return await stage.score_run(ref, order, seconds_per_page)


def seconds_per_page(summary: RunSummary) -> float | None:
    """Seconds per page; None when some pages came from the cache."""
    pages = summary.pages
    return None if pages.from_cache or not pages.total else summary.seconds / pages.total


async def show_benchmark(ref: RunRef, scores: StoredScores) -> None:
    """Publish artifacts: the result with its difference to the previous run, and the history."""
    text, rows = await asyncio.to_thread(_content, ref, scores)
    await acreate_markdown_artifact(text, key="benchmark", description=f"Benchmark of run {scores.run}")
    await acreate_table_artifact(
        rows, key="benchmark-history", description=f"Runs kept in {ref.workspace}, newest first"
    )


def _content(ref: RunRef, scores: StoredScores) -> tuple[str, list[dict[str, Any]]]:
    workspace, _ = ref.open()
    since = stage.diff_with_previous(workspace.root, scores)
    parts = [format_stored_scores(scores)]
    parts.append(format_diff(since, _CHECKS, _PAGES) if since else "No earlier run to compare with.")
    newest_first = read_history(workspace.root)[::-1][:HISTORY_ROWS]
    return "\n\n".join(parts), [_row(each) for each in newest_first]


def _row(scores: StoredScores) -> dict[str, Any]:
    low, high = scores.interval
    rates = {name: f"{score.rate:.1%}" if score.judged else "-" for name, score in sorted(scores.categories.items())}
    return {
        "run": scores.run,
        "when": scores.created,
        "data": scores.data,
        "engine": scores.engine.label,
        "mean": f"{scores.mean:.1%}",
        "95% interval": f"{low:.1%} to {high:.1%}",
        **rates,
        "pages": scores.pages.total,
        "fallback": scores.pages.fallback,
        "failed": scores.pages.failed,
        "gates": "; ".join(scores.missed) or "held",
    }
