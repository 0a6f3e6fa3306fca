"""Read a candidate from a workspace: the page texts of its latest run, including documents that were held back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from olmocr_core.bench.data import BenchData
from olmocr_core.bench.results_store import BenchPages
from olmocr_core.bench.texts import CandidateTexts, PageKey
from olmocr_core.documents.counts import count_documents
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder, Workspace
from olmocr_core.wiring import open_workspace


def read_workspace_texts(workspace: Path, data: BenchData, name: str, seconds: float | None = None) -> CandidateTexts:
    """Read the texts of the latest run by (pdf, page). ``seconds`` count only if no page came from the cache.

    Raises UsageError if the workspace has no finished run.
    """
    report = _latest_report(workspace)
    fresh = not report["pages"]["from_cache"] and seconds is not None
    each = seconds / max(report["pages"]["total"], 1) if fresh and seconds else None
    return read_run_texts(open_workspace(str(workspace)).run(report["run"]), data, name, each)


def open_latest_run(workspace: Path) -> RunFolder:
    """Open the state of the latest run. Raises UsageError if the workspace has no finished run."""
    return open_workspace(str(workspace)).run(_latest_report(workspace)["run"])


def _latest_report(workspace: Path) -> dict[str, Any]:
    latest = workspace / "reports" / "latest" / "report.json"
    if not latest.is_file():
        raise UsageError(f"{workspace} has no finished run")
    report: dict[str, Any] = json.loads(latest.read_text(encoding="utf-8"))
    return report


def read_run_texts(
    folder: RunFolder, data: BenchData, name: str, seconds_per_page: float | None = None
) -> CandidateTexts:
    """Read the texts of a run by (pdf, page)."""
    texts: dict[PageKey, tuple[str, ...]] = {}
    for record in folder.with_texts(folder.judged()):
        texts |= _pages(record, frozenset(data.pdfs))
    return CandidateTexts(name, texts, seconds_per_page)


def count_pages(root: AnyPath, run: str) -> BenchPages:
    """Count the pages of a finished run by route and status."""
    folder = Workspace(root).run(run)
    report = json.loads((Workspace(root).reports / run / "report.json").read_bytes())
    records = [outcome.record for outcome in folder.judged()]
    counts = count_documents(records).with_cached(report["pages"]["from_cache"]).pages
    ends = Counter(page.error.code for record in records for page in record.pages if page.error)
    return BenchPages(**counts.model_dump(), not_recorded=ends["not_recorded"])


def _pages(record: DocumentRecord, pdfs: frozenset[str]) -> dict[PageKey, tuple[str, ...]]:
    pages = {span.page_number: (record.text[span.start : span.end],) for span in record.spans}
    names = {source.name for source in record.sources} & pdfs
    return {(name, page): text for name in names for page, text in pages.items()}
