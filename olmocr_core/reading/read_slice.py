"""Read a slice of pages with bounded concurrency; each finished page is cached at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from olmocr_core.domain.errors import DocumentUnavailable
from olmocr_core.domain.models import ErrorInfo, Frozen, PageRecord, PageRef
from olmocr_core.domain.ports import PageCache
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.reading.progress import Progress
from olmocr_core.reading.read_page import ReadingTools, read_page

_RETRIED_STATUSES = ("failed", "fallback")


class SliceReport(Frozen):
    """The result of a slice: pages by source, status and route; tokens; wall seconds.

    ``unavailable`` maps documents that cannot be read now to the reason; their pages without a record are in no other count.
    """

    pages: int
    from_cache: int
    statuses: dict[str, int]
    routes: dict[str, int]
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    unavailable: dict[str, ErrorInfo] = Field(default_factory=dict)


class ShardReport(Frozen):
    """The result of a shard: the sums of its slices, and the statistics of the model servers (None without servers)."""

    slices: int = 0
    pages: int = 0
    from_cache: int = 0
    statuses: dict[str, int] = Field(default_factory=dict)
    routes: dict[str, int] = Field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    pages_per_second: float = 0.0
    serving: ServingStats | None = None


def build_shard_report(
    reports: Sequence[SliceReport], seconds: float, serving: ServingStats | None = None
) -> ShardReport:
    """Sum up the slices of a shard; ``seconds`` is its wall time."""
    read = sum(report.pages - report.from_cache for report in reports)
    return ShardReport(
        slices=len(reports),
        pages=sum(report.pages for report in reports),
        from_cache=sum(report.from_cache for report in reports),
        statuses=dict(sum((Counter(report.statuses) for report in reports), Counter())),
        routes=dict(sum((Counter(report.routes) for report in reports), Counter())),
        input_tokens=sum(report.input_tokens for report in reports),
        output_tokens=sum(report.output_tokens for report in reports),
        seconds=round(seconds, 3),
        pages_per_second=round(read / seconds, 3) if seconds > 0 else 0.0,
        serving=serving,
    )


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What the slices of one process share: tools, cache, the limit on pages in progress, and the progress counters."""

    tools: ReadingTools
    cache: PageCache
    limiter: asyncio.Semaphore
    progress: Progress
    retry_failed: bool = False


async def read_slice(pages: Sequence[PageRef], context: ReadContext) -> SliceReport:
    """Read the pages that are not cached, and store each one as it finishes.

    A document that is unavailable costs its own pages, which get no record. Raises the first other SliceError after all
    pages have ended, so that no finished page is lost.
    """
    started = time.monotonic()
    results = await asyncio.gather(*(read_or_load(page, context) for page in pages), return_exceptions=True)
    unavailable: dict[str, ErrorInfo] = {}
    for page, result in zip(pages, results, strict=True):
        if isinstance(result, DocumentUnavailable):
            unavailable.setdefault(page.doc_id, ErrorInfo(code=result.code, message=str(result)))
        elif isinstance(result, BaseException):
            raise result
    done = [result for result in results if isinstance(result, tuple)]
    return _report(done, time.monotonic() - started).model_copy(update={"unavailable": unavailable})


def needs_reading(record: PageRecord | None, retry_failed: bool) -> bool:
    """Whether a page must be read: it has no record, or ``retry_failed`` is set and it failed or fell back."""
    return record is None or (retry_failed and record.status in _RETRIED_STATUSES)


async def read_or_load(page: PageRef, context: ReadContext) -> tuple[PageRecord, bool]:
    """The record of a page, and whether it came from the cache. A page that is read is stored at once."""
    async with context.limiter:
        record = await context.cache.get(page.doc_id, page.page_number)
        if record is not None and not needs_reading(record, context.retry_failed):
            return record, True
        record = await read_page(page, context.tools)
        await context.cache.put(record)
        context.progress.count_page(record)
        return record, False


def _report(done: Sequence[tuple[PageRecord, bool]], seconds: float) -> SliceReport:
    usages = [outcome.completion.usage for record, cached in done if not cached for outcome in record.attempts]
    return SliceReport(
        pages=len(done),
        from_cache=sum(cached for _, cached in done),
        statuses=dict(Counter(record.status for record, _ in done)),
        routes=dict(Counter(record.route for record, _ in done)),
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        seconds=round(seconds, 3),
    )
