"""A candidate out of a workspace: the pages' texts as the latest run made them, held back documents included."""

from __future__ import annotations

import json
from pathlib import Path

from olmocr_core.bench.data import BenchData
from olmocr_core.bench.texts import Candidate, PageKey
from olmocr_core.errors import UsageError
from olmocr_core.models import DocumentRecord
from olmocr_core.wiring import open_workspace


def read_workspace(workspace: Path, data: BenchData, name: str, seconds: float | None = None) -> Candidate:
    """The texts of the latest run by (pdf, page). ``seconds`` is told only where no page came from the cache.

    Raises UsageError where the workspace holds no finished run.
    """
    latest = workspace / "reports" / "latest" / "report.json"
    if not latest.is_file():
        raise UsageError(f"{workspace} holds no finished run")
    report = json.loads(latest.read_text(encoding="utf-8"))
    texts: dict[PageKey, tuple[str, ...]] = {}
    for record in open_workspace(str(workspace)).run(report["run"]).judged():
        texts |= _pages(record, frozenset(data.pdfs))
    fresh = not report["pages"]["from_cache"] and seconds is not None
    return Candidate(name, texts, seconds / max(report["pages"]["total"], 1) if fresh and seconds else None)


def _pages(record: DocumentRecord, pdfs: frozenset[str]) -> dict[PageKey, tuple[str, ...]]:
    pages = {span.page_number: (record.text[span.start : span.end],) for span in record.spans}
    names = {source.name for source in record.sources} & pdfs
    return {(name, page): text for name in names for page, text in pages.items()}
