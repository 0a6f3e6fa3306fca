"""Documents as assembly would hand them over, small and varied."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from olmocr_core.documents.assembly import join_pages
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import DocumentRecord, ErrorInfo, PageSummary, Source
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.diff import Identified, IdentifiedItem
from olmocr_core.ledger.listing import write_listing
from olmocr_core.ledger.sources_state import SourceCounts, SourcesFiles, SourcesState
from olmocr_core.publish import Manifest, PublishContext, read_manifest
from olmocr_core.publish.publish_run import FinishedRun, publish_run
from olmocr_core.sources.listing import Listed
from olmocr_core.storage.runs import RunFolder

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


def publish(records: Iterable[DocumentRecord], context: PublishContext, settings: Publish) -> Manifest:
    """Publish records as the run that replaces the dataset with them; the manifest comes back."""
    found = list(records)
    publish_run(finished(found, run_for(found, context, settings), settings))
    manifest = read_manifest(context.dataset)
    assert manifest is not None
    return manifest


def run_for(records: list[DocumentRecord], context: PublishContext, settings: Publish) -> PublishContext:
    """The same run for the same records, which are then published again; else the next one."""
    contents = [settings.model_dump_json(), *(record.model_dump_json() for record in records)]
    digest = bytes_digest("\n".join(contents).encode())
    runs, number = context.workspace / "runs", 1
    while (runs / name_of(context.run, number + 1) / "records.digest").is_file():
        number += 1
    mark = runs / name_of(context.run, number) / "records.digest"
    if mark.is_file() and mark.read_text() != digest:
        number += 1
        mark = runs / name_of(context.run, number) / "records.digest"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest)
    return replace(context, run=name_of(context.run, number))


def name_of(run: str, number: int) -> str:
    return run if number == 1 else f"{run}-{number}"


def finished(records: Iterable[DocumentRecord], context: PublishContext, settings: Publish) -> FinishedRun:
    """A run that has read these records, with one file for each of their sources, before it publishes them."""
    folder = RunFolder(context.workspace / "runs" / context.run)
    files = SourcesFiles(folder.root)
    found = list(records)
    folder.write_records("00000", (record for record in found if record.doc_id))
    at = {source.uri: record for record in found for source in record.sources}
    listed = [Listed(uri, source_of(at[uri], uri).name, 1, context.run) for uri in sorted(at)]
    write_listing(files.listed, listed, Path(tempfile.gettempdir()))
    files.write_identified(identified(at[one.uri], one) for one in listed)
    files.write_state(SourcesState(listed=context.created, specs=(), replace=True, recipe="r", counts=SourceCounts()))
    unread = tuple(record for record in found if not record.doc_id)
    return FinishedRun(folder, context.workspace / "ledger", context, settings, unread)


def prepared(context: PublishContext, settings: Publish) -> FinishedRun:
    """A run that ``finished`` has prepared, all of whose sources are documents."""
    return FinishedRun(
        RunFolder(context.workspace / "runs" / context.run), context.workspace / "ledger", context, settings
    )


def source_of(record: DocumentRecord, uri: str) -> Source:
    return next(source for source in record.sources if source.uri == uri)


def identified(record: DocumentRecord, listed: Listed) -> Identified:
    outcome = "" if record.doc_id else "failed"
    item = {"source": listed.uri, "name": listed.name, "doc_id": record.doc_id, "outcome": outcome}
    items = (IdentifiedItem.model_validate(item),)
    return Identified(uri=listed.uri, size=listed.size, version=listed.version, items=items)


def markdown(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "dataset" / "markdown"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.md")}
