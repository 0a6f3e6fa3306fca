"""From page records to what people get: documents assembled and judged, the dataset, the report."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from olmocr_core.documents.counts import DocumentCounts, PageCounts, RunCounts, count_documents, pages_per_second
from olmocr_core.documents.duplicates import mark_duplicates
from olmocr_core.documents.records import build_record
from olmocr_core.domain.models import DocumentRecord, Frozen, PageRecord, Problem
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.ledger.night import LEDGER_FOLDER, NightCounts, NightFiles
from olmocr_core.publish import PublishContext
from olmocr_core.publish import publish as publish_dataset
from olmocr_core.report.build import build_report
from olmocr_core.report.context import ReportContext
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.missing import check_none_missing, missing_pages
from olmocr_core.storage.files import replace_link
from olmocr_core.storage.runs import RunDocument, RunFolder, RunHeader, Workspace
from olmocr_core.wiring import Runtime


class RunSummary(Frozen):
    """How a run ended, for the command line and for artifacts."""

    run: str
    status: Literal["completed", "failed"]
    documents: DocumentCounts
    pages: PageCounts
    seconds: float
    pages_per_second: float
    dataset: str
    report: str
    serving: ServingStats | None = None
    night: NightCounts | None = None


async def assemble_batch(ref: RunRef, runtime: Runtime, batch: str) -> int:
    """Put the documents of a batch together from their page records; the number of documents comes back.

    Raises RunError where pages that were planned have no record.
    """
    runtime.progress.start_stage("assembling")
    _, folder = ref.open()
    return await asyncio.to_thread(_assemble, folder, runtime, batch)


def _assemble(folder: RunFolder, runtime: Runtime, batch: str) -> int:
    count = 0
    missing: list[tuple[RunDocument, tuple[int, ...]]] = []

    def records() -> Iterator[DocumentRecord]:
        nonlocal count
        for entry in folder.inspected(batch):
            count += 1
            pages = _page_records(entry, runtime)
            if numbers := missing_pages(entry, pages):
                missing.append((entry, numbers))
                continue
            if runtime.recorder:
                runtime.recorder.write_document(entry.document.doc_id, pages)
            yield build_record(entry.document, entry.info, pages, runtime.settings.quality, runtime.detector.detect)
        check_none_missing(missing)

    folder.write_records(batch, records())
    return count


def _page_records(entry: RunDocument, runtime: Runtime) -> list[PageRecord]:
    found = (runtime.cache.read(entry.document.doc_id, number) for number in entry.page_numbers)
    return [record for record in found if record is not None]


async def judge(ref: RunRef) -> RunCounts:
    """Give every document and every problem its final status, and count them. Raises RunError if counts do not add up."""
    _, folder = ref.open()
    return await asyncio.to_thread(_judge, folder)


def _judge(folder: RunFolder) -> RunCounts:
    def final() -> Iterator[DocumentRecord]:
        yield from mark_duplicates(folder.records())
        yield from (_unreadable(problem) for problem in folder.problems())

    folder.write_judged(final())
    came_in = sum(1 for _ in folder.inspected()) + sum(1 for _ in folder.problems())
    counts = count_documents(folder.judged())
    counts.check(came_in)
    return counts


def _unreadable(problem: Problem) -> DocumentRecord:
    return DocumentRecord(
        doc_id="", sources=(problem.source,), kind=None, status="failed", reasons=(problem.error.message,)
    )


async def publish(ref: RunRef, runtime: Runtime) -> str:
    """Write the dataset; its manifest's path comes back. Publishing a run again changes nothing.

    The dataset of a night is everything that the ledger knows; that of any other run is what the run has read.
    """
    runtime.progress.start_stage("publishing")
    workspace, folder = ref.open()
    header = folder.header()
    context = PublishContext(
        workspace=workspace.root,
        run=header.run,
        created=header.created,
        engines=(runtime.recipe.engine.label,),
        rules=header.settings.quality.model_dump(mode="json"),
        version=header.version,
    )
    if NightFiles(folder.root).is_night:
        await asyncio.to_thread(_publish_night, workspace, folder, context)
    else:
        await asyncio.to_thread(publish_dataset, folder.judged(), context, header.settings.publish)
    return str(workspace.dataset / "manifest.json")


def _publish_night(workspace: Workspace, folder: RunFolder, context: PublishContext) -> None:
    # Arrow takes a third of a second to load, which other runs need not wait for.
    from olmocr_core.publish.night import Night, publish_night

    unread = tuple(_unreadable(problem) for problem in folder.problems())
    ledger = workspace.root / LEDGER_FOLDER
    publish_night(Night(folder, ledger, context, folder.header().settings.publish, unread))


async def report(ref: RunRef, runtime: Runtime, from_cache: int) -> RunSummary:
    """Write the run's report and point ``reports/latest`` to it."""
    runtime.progress.start_stage("reporting")
    workspace, folder = ref.open()
    return await asyncio.to_thread(_report, workspace, folder, runtime, from_cache)


def _report(workspace: Workspace, folder: RunFolder, runtime: Runtime, from_cache: int) -> RunSummary:
    header = folder.header()
    counts = count_documents(folder.judged()).with_cached(from_cache)
    seconds = _seconds_since(header)
    out = workspace.reports / header.run
    context = ReportContext(
        run=header.run,
        status="completed",
        created=header.created,
        seconds=seconds,
        counts=counts,
        engines=(runtime.recipe.engine.label,),
        sources=header.sources,
        settings=header.settings,
        dataset=str(workspace.dataset),
        serving=runtime.serving,
    )
    build_report(context, folder.judged, runtime.images.read, out)
    replace_link(workspace.reports / "latest", header.run)
    fresh = counts.fresh_pages
    files = NightFiles(folder.root)
    return RunSummary(
        run=header.run,
        status="completed",
        documents=counts.documents,
        pages=counts.pages,
        seconds=seconds,
        pages_per_second=pages_per_second(fresh, seconds),
        dataset=str(workspace.dataset),
        report=str(out / "report.html"),
        serving=runtime.serving,
        night=files.plan().counts if files.is_night else None,
    )


def _seconds_since(header: RunHeader) -> float:
    return round((datetime.now(UTC) - datetime.fromisoformat(header.created)).total_seconds(), 1)
