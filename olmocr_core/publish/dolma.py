"""Dolma: one JSON line a document, with the fields of olmOCR's own datasets."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from olmocr_core.domain.models import DocumentRecord, PageSummary
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.context import SOURCE, added_date
from olmocr_core.publish.formats import OutputFormat
from olmocr_core.publish.manifest import PublishedFile
from olmocr_core.publish.parts import RunStamp, Writer, has_text, seal
from olmocr_core.publish.sanitize import to_json

FOLDER = "dolma"
_DATE = re.compile(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")
_DATE_KEYS = ("creationdate", "created", "createdate")


class DolmaWriter:
    """Writes ``dolma/part-NNNNN-<digest>.jsonl.gz`` (or ``.zst``) with documents that have text, numbered from ``first``."""

    def __init__(self, pending: Path, settings: Publish, first: int = 0) -> None:
        self._pending = pending
        self._first = first
        self._settings = settings
        self._suffix = ".jsonl.gz" if settings.compression == "gzip" else ".jsonl.zst"
        self._files: list[PublishedFile] = []
        self._open: tuple[BinaryIO, IO[bytes]] | None = None
        self._records = 0

    def add(self, record: DocumentRecord, stamp: RunStamp) -> None:
        """Add one document."""
        if not has_text(record):
            return
        if self._open is None:
            self._open = self._start()
        self._open[1].write(to_json(dolma_record(record, stamp)).encode("ascii") + b"\n")
        self._records += 1
        if self._records >= self._settings.documents_per_file:
            self._seal()

    def finish(self) -> list[PublishedFile]:
        """Write the last file."""
        self._seal()
        return self._files

    def close(self) -> None:
        """Close the open file."""
        if self._open:
            raw, packed = self._open
            packed.close()
            raw.close()
            self._open = None

    @property
    def _unnamed(self) -> Path:
        return self._pending / FOLDER / "part"

    def _start(self) -> tuple[BinaryIO, IO[bytes]]:
        self._unnamed.parent.mkdir(exist_ok=True)
        raw = self._unnamed.open("wb")
        if self._settings.compression == "zstd":
            import zstandard

            return raw, cast(IO[bytes], zstandard.ZstdCompressor(level=9).stream_writer(raw, closefd=False))
        # No name and no time in the header: equal documents give equal bytes.
        return raw, cast(IO[bytes], gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0))

    def _seal(self) -> None:
        if self._open:
            self.close()
            part = f"{FOLDER}/part-{self._first + len(self._files):05d}-{{digest}}{self._suffix}"
            self._files.append(seal(self._pending, self._unnamed, part, self._records))
            self._records = 0


def dolma_record(record: DocumentRecord, stamp: RunStamp) -> dict[str, Any]:
    """Make the Dolma record of a document. Spans in ``attributes`` are character positions in ``text`` and tile it.

    Raises RunError if the creation time of the run is no ISO date-time.
    """
    added = added_date(stamp.created)
    return {
        "id": record.doc_id,
        "text": record.text,
        "source": SOURCE,
        "added": added,
        "created": creation_date(record.metadata) or added,
        "metadata": _metadata(record, stamp),
        "attributes": _attributes(record),
    }


def creation_date(metadata: Mapping[str, str]) -> str | None:
    """The creation date in a document's metadata, YYYY-MM-DD, from a PDF date (``D:20240131...``) or an ISO date."""
    for key, value in metadata.items():
        found = _DATE.match(value.strip()) if key.lstrip("/").replace("_", "").lower() in _DATE_KEYS else None
        if found:
            try:
                return date(*(int(part) for part in found.groups())).isoformat()
            except ValueError:
                continue
    return None


def _metadata(record: DocumentRecord, stamp: RunStamp) -> dict[str, Any]:
    pages = record.pages
    return {
        "Source-File": record.sources[0].uri if record.sources else "",
        "olmocr-version": stamp.version,
        "pdf-total-pages": record.page_count,
        "total-input-tokens": sum(page.input_tokens for page in pages),
        "total-output-tokens": sum(page.output_tokens for page in pages),
        "total-fallback-pages": sum(page.status == "fallback" for page in pages),
        "sha256": record.doc_id,
        "status": record.status,
        "reasons": record.reasons,
        "sources": [source.uri for source in record.sources],
        "engines": sorted({page.engine for page in pages if page.engine}),
        "page-statuses": [page.status for page in pages],
        "page-routes": [page.route for page in pages],
        "page-attempts": [page.attempts for page in pages],
        "signals": record.signals,
        "notes": record.notes,
        "document": record.metadata,
    }


def _attributes(record: DocumentRecord) -> dict[str, Any]:
    by_number = {page.page_number: page for page in record.pages}
    pages = [by_number.get(span.page_number) for span in record.spans]
    return {
        "pdf_page_numbers": [[span.start, span.end, span.page_number] for span in record.spans],
        "primary_language": [page.primary_language if page else None for page in pages],
        "is_rotation_valid": [page.is_rotation_valid if page else True for page in pages],
        "rotation_correction": [page.rotation_correction if page else 0 for page in pages],
        "is_table": [_is(page, "is_table") for page in pages],
        "is_diagram": [_is(page, "is_diagram") for page in pages],
    }


def _is(page: PageSummary | None, field: str) -> bool:
    return bool(getattr(page, field, False))


def _open_part(pending: Path, settings: Publish, number: int) -> list[Writer]:
    return [DolmaWriter(pending, settings, number)]


FORMAT = OutputFormat(open_part=_open_part)
