"""From page records to the output: assemble and judge documents, publish the dataset, write the report."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Literal

from olmocr_core.documents.counts import DocumentCounts, PageCounts, RunCounts, count_documents, pages_per_second
from olmocr_core.documents.records import build_record
from olmocr_core.documents.rules import explain_error
from olmocr_core.domain.errors import may_pass
from olmocr_core.domain.models import DocumentRecord, Frozen, PageRecord, Problem
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.ledger.sources_state import LEDGER_FOLDER, SourceCounts, SourcesFiles
from olmocr_core.publish import PublishContext
from olmocr_core.publish.publish_run import FinishedRun, publish_run
from olmocr_core.report.build import build_report
from olmocr_core.report.context import ReportContext
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.missing import check_none_missing, missing_pages
from olmocr_core.storage.files import replace_link
from olmocr_core.storage.runs import RunDocument, RunFolder, RunHeader, Workspace
from olmocr_core.wiring import Runtime


class RunSummary(Frozen):
    """The result of a run, for the command line and for artifacts."""

    run: str
    status: Literal["completed", "failed"]
    documents: DocumentCounts
    pages: PageCounts
    seconds: float
    pages_per_second: float
    dataset: str
    report: str
    serving: ServingStats | None = None
    sources: SourceCounts = SourceCounts()

    @property
    def any_failed(self) -> bool:
        """Whether a document of the sources failed, in this run or in the earlier one that read it."""
        return bool(self.documents.failed or self.sources.unchanged_outcomes.get("failed"))


async def assemble_batch(ref: RunRef, runtime: Runtime, batch: str) -> int:
    """Assemble the documents of a batch from their page records; return their number.

    A document that was unavailable fails, and the next run tries it again. Raises RunError if other pages have no record.
    """
    runtime.progress.start_stage("assembling")
    _, folder = ref.open()
    return await asyncio.to_thread(_assemble, folder, runtime, batch)


def _assemble(folder: RunFolder, runtime: Runtime, batch: str) -> int:
    count = 0
    unavailable = folder.unavailable()
    missing: list[tuple[RunDocument, tuple[int, ...]]] = []

    def records() -> Iterator[DocumentRecord]:
        nonlocal count
        for entry in folder.inspected(batch):
            count += 1
            pages = _page_records(entry, runtime)
            info = entry.info
            if numbers := missing_pages(entry, pages):
                error = unavailable.get(entry.document.doc_id)
                if error is None:
                    missing.append((entry, numbers))
                    continue
                info = info.model_copy(update={"error": error})
            elif runtime.recorder:
                runtime.recorder.write_document(entry.document.doc_id, pages)
            yield build_record(entry.document, info, pages, runtime.settings.quality, runtime.detector.detect)
        check_none_missing(missing)

    folder.write_records(batch, records())
    return count


def _page_records(entry: RunDocument, runtime: Runtime) -> list[PageRecord]:
    found = (runtime.cache.read(entry.document.doc_id, number) for number in entry.page_numbers)
    return [record for record in found if record is not None]


async def judge(ref: RunRef) -> RunCounts:
    """Count the outcomes of documents and unreadable sources. Raises RunError if one has no outcome.

    Duplicates are found when the run is published, among all documents of the dataset.
    """
    _, folder = ref.open()
    return await asyncio.to_thread(_judge, folder)


def _judge(folder: RunFolder) -> RunCounts:
    came_in = sum(1 for _ in folder.inspected()) + sum(1 for _ in folder.problems())
    ended = (outcome.record for outcome in folder.outcomes())
    counts = count_documents(chain(ended, map(_unreadable, folder.problems())))
    counts.check(came_in)
    return counts


def _unreadable(problem: Problem) -> DocumentRecord:
    return DocumentRecord(
        doc_id="",
        sources=(problem.source,),
        kind=None,
        status="failed",
        reasons=explain_error(problem.error),
        try_again=may_pass(problem.error.code),
    )


async def publish(ref: RunRef, runtime: Runtime) -> str:
    """Update the dataset with the run; return the path of its manifest. Publishing a run again changes nothing."""
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
    unread = tuple(map(_unreadable, folder.problems()))
    run = FinishedRun(folder, workspace.root / LEDGER_FOLDER, context, header.settings.publish, unread)
    await asyncio.to_thread(publish_run, run)
    return str(workspace.dataset / "manifest.json")


async def report(ref: RunRef, runtime: Runtime, from_cache: int) -> RunSummary:
    """Write the run's report and point ``reports/latest`` to it."""
    runtime.progress.start_stage("reporting")
    workspace, folder = ref.open()
    return await asyncio.to_thread(_report, workspace, folder, runtime, from_cache)


def _report(workspace: Workspace, folder: RunFolder, runtime: Runtime, from_cache: int) -> RunSummary:
    header = folder.header()
    sources = SourcesFiles(folder.root)
    counts = count_documents(outcome.record for outcome in folder.judged()).with_cached(from_cache)
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
        not_followed=tuple((one.source.uri, one.reason) for one in sources.not_followed()),
        notes=sources.state().notes,
    )
    build_report(context, lambda: _records(folder), runtime.images.read, out, partial(_with_texts, folder))
    replace_link(workspace.reports / "latest", header.run)
    fresh = counts.fresh_pages
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
        sources=sources.state().counts,
    )


async def summarise_idle(ref: RunRef, runtime: Runtime) -> RunSummary:
    """The summary of a run with nothing to read. ``reports/latest`` stays the report of an earlier run."""
    workspace, folder = ref.open()
    return RunSummary(
        run=ref.run,
        status="completed",
        documents=DocumentCounts(),
        pages=PageCounts(),
        seconds=_seconds_since(folder.header()),
        pages_per_second=0.0,
        dataset=str(workspace.dataset),
        report=str(workspace.reports / "latest" / "report.html"),
        serving=runtime.serving,
        sources=SourcesFiles(folder.root).state().counts,
    )


def _records(folder: RunFolder) -> Iterator[DocumentRecord]:
    return (outcome.record for outcome in folder.judged())


def _with_texts(folder: RunFolder, doc_ids: Collection[str]) -> Iterator[DocumentRecord]:
    return folder.with_texts(outcome for outcome in folder.judged() if outcome.record.doc_id in doc_ids)


def _seconds_since(header: RunHeader) -> float:
    return round((datetime.now(UTC) - datetime.fromisoformat(header.created)).total_seconds(), 1)
