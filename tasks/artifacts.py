"""Artifacts in the Prefect UI: the summary of a run, tables of its documents and shards, a link to its report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact, acreate_table_artifact

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.ledger.sources_state import SourcesFiles
from olmocr_core.reading.read_slice import ShardReport
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.output import RunSummary
from olmocr_core.storage.paths import is_remote_uri
from olmocr_core.storage.runs import DocumentOutcome
from tasks.dispatch import ShardResult
from tasks.ui_text import escape_markdown

# The UI renders all rows at once. The report and the Parquet files hold every document.
TABLE_ROWS = 500
LISTED_NAMES = 20
# Set by the deployments (SITE_SERVICE_URL).
SERVICE_VARIABLE = "SITE_SERVICE_URL"


async def show_summary(ref: RunRef, summary: RunSummary) -> None:
    """Publish the artifacts of a run."""
    _, folder = ref.open()
    not_followed = islice(SourcesFiles(folder.root).not_followed(), LISTED_NAMES)
    text = _markdown(summary, [f"{one.source.uri}: {one.reason}" for one in not_followed])
    await acreate_markdown_artifact(text, key="summary", description=f"Run {summary.run}")
    rows = [_row(outcome.record) for outcome in islice(_worst_first(folder.judged), TABLE_ROWS)]
    await acreate_table_artifact(rows, key="documents", description=f"Documents of run {summary.run}")
    await acreate_link_artifact(_link(summary), link_text="Report of the run", key="report")


async def show_shard(ref: RunRef, report: ShardReport) -> None:
    """Publish the artifact of a shard: pages, attempts, tokens, rates."""
    facts = {
        name: value for name, value in report.model_dump(exclude={"serving", "statuses", "routes"}).items() if value
    }
    lines = [f"# Shard of run {ref.run}", _table("shard", facts), _table("pages", report.statuses)]
    if report.serving:
        served = {
            "gpu seconds": round(report.serving.gpu_seconds, 1),
            **report.serving.finishes,
            **report.serving.faults,
        }
        lines.append(_table("servers", served | {"aborted tokens": report.serving.aborted_tokens}))
    await acreate_markdown_artifact("\n\n".join(lines), key="shard", description=f"Shard of run {ref.run}")


async def show_shards(ref: RunRef, results: Sequence[ShardResult]) -> None:
    """Publish the table of a night's shards."""
    rows = [
        {
            "shard": one.shard.label,
            "pages": one.shard.pages,
            "attempts": one.attempts,
            "end": escape_markdown(one.error or "read"),
        }
        for one in results
    ]
    await acreate_table_artifact(rows, key="shards", description=f"Shards of run {ref.run}")


def _worst_first(judged: Callable[[], Iterator[DocumentOutcome]]) -> Iterator[DocumentOutcome]:
    yield from (outcome for outcome in judged() if outcome.record.status != "kept")
    yield from (outcome for outcome in judged() if outcome.record.status == "kept")


def _row(record: DocumentRecord) -> dict[str, Any]:
    return {
        "document": escape_markdown(record.sources[0].name),
        "status": record.status,
        "pages": record.page_count,
        "reasons": escape_markdown("; ".join(record.reasons)),
    }


def _markdown(summary: RunSummary, not_followed: Sequence[str]) -> str:
    documents = {name: count for name, count in summary.documents.model_dump().items() if count}
    pages = {name: count for name, count in summary.pages.model_dump().items() if count}
    counts = summary.sources.model_dump(exclude={"unchanged_outcomes"})
    sources = {name: count for name, count in counts.items() if count}
    lines = [
        f"# Run {summary.run}: {summary.status}",
        *([_table("files and objects", sources)] if sources else []),
        _table("documents", documents),
        _table("pages", pages),
        *([_list_not_followed(summary.sources.not_followed, not_followed)] if not_followed else []),
        f"{summary.seconds} s, {summary.pages_per_second} pages/s read in this run.",
        f"Dataset: `{summary.dataset}`  \nReport: `{summary.report}`",
    ]
    return "\n\n".join(lines)


def _list_not_followed(count: int, names: Sequence[str]) -> str:
    more = [f"- and {count - len(names)} more: the report lists them all"] if count > len(names) else []
    return "\n".join(["Not followed:", "", *(f"- {escape_markdown(name)}" for name in names), *more])


def _table(title: str, counts: Mapping[str, object]) -> str:
    rows = "\n".join(f"| {name.replace('_', ' ')} | {count} |" for name, count in counts.items())
    return f"| {title} | |\n| --- | ---: |\n{rows}"


def _link(summary: RunSummary) -> str:
    """Where a browser opens the report: at the HTTP service if the site has one, for browsers refuse links to files."""
    if service := os.environ.get(SERVICE_VARIABLE):
        return f"{service}/runs/{Path(summary.report).parent.name}"
    return summary.report if is_remote_uri(summary.report) else Path(summary.report).as_uri()
