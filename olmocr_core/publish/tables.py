"""Parquet: one table with a row a document, whatever its status, and one with a row a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from olmocr_core.documents.assembly import split_pages
from olmocr_core.domain.models import DocumentRecord, PageSummary, Signals
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.dolma import creation_date
from olmocr_core.publish.formats import OutputFormat
from olmocr_core.publish.manifest import PublishedFile
from olmocr_core.publish.parts import RunStamp, Writer, has_text, seal
from olmocr_core.publish.sanitize import scrub, to_json

# Writers and readers hold a row group in memory.
_GROUP_ROWS = 5000
_GROUP_CHARACTERS = 8 << 20

Row = dict[str, Any]

_TEXTS = pa.list_(pa.string())
_SHARED_SIGNALS = {
    "characters": pa.int64(),
    "alnum_share": pa.float64(),
    "repeated_line_share": pa.float64(),
    "repeated_ngram_share": pa.float64(),
    "mojibake_share": pa.float64(),
    "language": pa.string(),
    "language_confidence": pa.float64(),
}
_PAGE_SIGNALS = _SHARED_SIGNALS | {
    "ink": pa.float64(),
    "layer_character_recall": pa.float64(),
    "layer_number_recall": pa.float64(),
}
DOCUMENTS = pa.schema(
    {
        "doc_id": pa.string(),
        "status": pa.string(),
        "reasons": _TEXTS,
        "kind": pa.string(),
        "source": pa.string(),
        "sources": _TEXTS,
        "names": _TEXTS,
        "text": pa.large_string(),
        "page_count": pa.int32(),
        "ok_pages": pa.int32(),
        "blank_pages": pa.int32(),
        "fallback_pages": pa.int32(),
        "failed_pages": pa.int32(),
        "input_tokens": pa.int64(),
        "output_tokens": pa.int64(),
        "engines": _TEXTS,
        "created": pa.string(),
        "duplicate_of": pa.string(),
        **_SHARED_SIGNALS,
        "signals": pa.string(),
        "metadata": pa.string(),
        "notes": _TEXTS,
    }
)
PAGES = pa.schema(
    {
        "doc_id": pa.string(),
        "page_number": pa.int32(),
        "status": pa.string(),
        "route": pa.string(),
        "engine": pa.string(),
        "text": pa.large_string(),
        "start": pa.int64(),
        "end": pa.int64(),
        "attempts": pa.int32(),
        "temperature": pa.float64(),
        "rotation_ccw": pa.int32(),
        "primary_language": pa.string(),
        "is_rotation_valid": pa.bool_(),
        "rotation_correction": pa.int32(),
        "is_table": pa.bool_(),
        "is_diagram": pa.bool_(),
        "input_tokens": pa.int64(),
        "output_tokens": pa.int64(),
        **_PAGE_SIGNALS,
        "signals": pa.string(),
        "notes": _TEXTS,
        "error_code": pa.string(),
        "error_message": pa.string(),
    }
)


class TableWriter:
    """Writes ``<folder>/part-NNNNN-<digest>.parquet``; ``rows`` makes the rows of a document. The first file always exists."""

    def __init__(
        self,
        pending: Path,
        folder: str,
        schema: pa.Schema,
        rows: Callable[[DocumentRecord], Iterator[Row]],
        per_file: int,
        first: int = 0,
    ) -> None:
        self._pending = pending
        self._first = first
        self._folder = folder
        self._schema = schema
        self._rows_of = rows
        self._per_file = per_file
        self._files: list[PublishedFile] = []
        self._writer: pq.ParquetWriter | None = None
        self._group: list[Row] = []
        self._characters = 0
        self._documents = 0
        self._records = 0

    def add(self, record: DocumentRecord, stamp: RunStamp) -> None:
        """Add one document."""
        for row in self._rows_of(record):
            self._group.append(scrub(row))
            self._characters += len(row["text"] or "") + len(row["signals"])
            if len(self._group) >= _GROUP_ROWS or self._characters >= _GROUP_CHARACTERS:
                self._flush()
        self._documents += 1
        if self._documents >= self._per_file:
            self._seal()

    def finish(self) -> list[PublishedFile]:
        """Write the last file; an empty table has one, too, so that readers find the columns."""
        if self._documents or not self._files:
            self._seal()
        return self._files

    def close(self) -> None:
        """Close the open file."""
        if self._writer:
            self._writer.close()
            self._writer = None

    @property
    def _unnamed(self) -> Path:
        return self._pending / self._folder / "part"

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            self._unnamed.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._unnamed, self._schema, compression="zstd")
        return self._writer

    def _flush(self) -> None:
        self._open().write_table(pa.Table.from_pylist(self._group, schema=self._schema))
        self._records += len(self._group)
        self._group = []
        self._characters = 0

    def _seal(self) -> None:
        self._flush()
        self.close()
        part = f"{self._folder}/part-{self._first + len(self._files):05d}-{{digest}}.parquet"
        self._files.append(seal(self._pending, self._unnamed, part, self._records))
        self._records = self._documents = 0


def table_writers(pending: Path, settings: Publish, first: int = 0) -> list[Writer]:
    """Open the writers of both tables; their files are numbered from ``first``."""

    def documents(record: DocumentRecord) -> Iterator[Row]:
        yield document_row(record)

    per_file = settings.documents_per_file
    return [
        TableWriter(pending, "parquet/documents", DOCUMENTS, documents, per_file, first),
        TableWriter(pending, "parquet/pages", PAGES, page_rows, per_file, first),
    ]


def document_row(record: DocumentRecord) -> Row:
    """Make the row of a document; ``text`` is null unless the document is kept or partial."""
    statuses = [page.status for page in record.pages]
    return {
        "doc_id": record.doc_id,
        "status": record.status,
        "reasons": record.reasons,
        "kind": record.kind,
        "source": record.sources[0].uri if record.sources else None,
        "sources": [source.uri for source in record.sources],
        "names": [source.name for source in record.sources],
        "text": record.text if has_text(record) else None,
        "page_count": record.page_count,
        **{f"{status}_pages": statuses.count(status) for status in ("ok", "blank", "fallback", "failed")},
        "input_tokens": sum(page.input_tokens for page in record.pages),
        "output_tokens": sum(page.output_tokens for page in record.pages),
        "engines": sorted({page.engine for page in record.pages if page.engine}),
        "created": creation_date(record.metadata),
        "duplicate_of": record.duplicate_of,
        **_columns(record.signals, _SHARED_SIGNALS),
        "signals": to_json(record.signals),
        "metadata": to_json(record.metadata),
        "notes": record.notes,
    }


def page_rows(record: DocumentRecord) -> Iterator[Row]:
    """Make a row for each page, with its own text; ``start`` and ``end`` are its span in the text of the document."""
    places: dict[int, Row] = {}
    if has_text(record):
        texts = split_pages(record.text, record.spans)
        places = {
            span.page_number: {"text": text, "start": span.start, "end": span.end}
            for span, text in zip(record.spans, texts, strict=True)
        }
    for page in record.pages:
        yield _page_row(record.doc_id, page) | places.get(page.page_number, {})


def _page_row(doc_id: str, page: PageSummary) -> Row:
    plain = page.model_dump(exclude={"signals", "notes", "error"})
    return {
        "doc_id": doc_id,
        "text": None,
        "start": None,
        "end": None,
        **plain,
        **_columns(page.signals, _PAGE_SIGNALS),
        "signals": to_json(page.signals),
        "notes": page.notes,
        "error_code": page.error.code if page.error else None,
        "error_message": page.error.message if page.error else None,
    }


def _columns(signals: Signals, columns: dict[str, pa.DataType]) -> Row:
    """The signals that have a column; a value of another type stays in the JSON only."""
    return {name: _cast(signals.get(name), kind) for name, kind in columns.items()}


def _cast(value: float | int | bool | str | None, kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else None
    if isinstance(value, str) or value is None:
        return None
    return float(value) if pa.types.is_floating(kind) else int(value)


FORMAT = OutputFormat(open_part=table_writers)
