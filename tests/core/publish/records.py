"""Documents as assembly would hand them over, small and varied."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from olmocr_core.documents.assembly import join_pages
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import DocumentRecord, ErrorInfo, PageSummary, Source
from olmocr_core.publish import PublishContext

CREATED = "2026-11-22T21:30:45+00:00"


def record(name: str = "a.pdf", *texts: str, status: str = "kept", **fields: Any) -> DocumentRecord:
    """A document with one page a text; its identity follows from its name unless ``doc_id`` is given."""
    text, spans = join_pages(texts)
    values: dict[str, Any] = {
        "doc_id": bytes_digest(ascii(name).encode()),
        "sources": (Source(uri=f"/data/{name}", name=name),),
        "kind": "pdf",
        "status": status,
        "text": text,
        "spans": spans,
        "pages": tuple(page(number) for number in range(1, len(texts) + 1)),
        "page_count": len(texts),
    }
    return DocumentRecord.model_validate(values | fields)


def page(number: int, **fields: Any) -> PageSummary:
    values = {"status": "ok", "route": "ocr", "engine": "cpu:tiny", "attempts": 1, "primary_language": "en"} | fields
    return PageSummary.model_validate({"page_number": number} | values)


def one_of_each() -> list[DocumentRecord]:
    """Six documents, one of each status."""
    fallback = page(2, status="fallback", route="fallback", attempts=8, input_tokens=5, output_tokens=7)
    failed = page(1, status="failed", route="none", error=ErrorInfo(code="page_timeout", message="60 s"))
    return [
        record("sub/kept.pdf", "# Title\nHello.", "Second page", metadata={"CreationDate": "D:20240131120000Z"}),
        record(
            "partial.png", "First", "raw", status="partial", pages=(page(1), fallback), reasons=("1 fallback page",)
        ),
        record("blank.pdf", "", status="blank"),
        record("held.pdf", "x" * 9, status="held_back", reasons=("too short",)),
        record("failed.pdf", "", status="failed", pages=(failed,), reasons=("no page could be read",)),
        record("dup.pdf", "First", status="duplicate", duplicate_of="d" * 64),
    ]


def context(workspace: Path, **fields: Any) -> PublishContext:
    values: dict[str, Any] = {
        "workspace": workspace,
        "run": "run-1",
        "created": CREATED,
        "engines": ("cpu:tiny",),
        "rules": {"min_chars": 1},
        "version": "0.1.0",
    }
    return PublishContext(**(values | fields))


def dolma(dataset: Path) -> list[dict[str, Any]]:
    """All Dolma records of a dataset, in order."""
    return [json.loads(line) for path in sorted((dataset / "dolma").glob("*.gz")) for line in gzip.open(path)]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder with its bytes and time stamp, but for the lock."""
    files: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
