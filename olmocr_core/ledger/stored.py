"""The records of the dataset as they were made, part by part, so that a part can be written anew without any document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from olmocr_core.documents.duplicates import mark_duplicate
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.ledger.file import local_copy, read_rows
from olmocr_core.storage.paths import AnyPath

RECORDS = "records"
_GROUP_CHARACTERS = 8 << 20
_BATCH = 64
_SCHEMA = pa.schema(
    {
        "doc_id": pa.string(),
        "record": pa.large_string(),
        **dict.fromkeys(("original", "original_name", "created", "version", "engine"), pa.string()),
    }
)


class Stored(NamedTuple):
    """A record before it was told that it is a duplicate, of what it is one, and the run that read the document."""

    doc_id: str
    record: str
    original: str | None
    original_name: str | None
    created: str
    version: str
    engine: str


def to_published(record: DocumentRecord, original: str | None, name: str | None) -> DocumentRecord:
    """The record as it is published."""
    return mark_duplicate(record, original, name or original[:12]) if original else record


def read_stored(folder: AnyPath, state: str) -> Iterator[Stored]:
    """The records of a part in order, 64 at a time. Raises RunError where the part is gone."""
    with local_copy(folder / RECORDS / state) as path:
        if path is None:
            raise RunError(
                f"{folder / RECORDS / state} is missing: the records of a part of the dataset; restore it, or move the "
                "folder ledger/ away and run again: all sources are then looked at anew, without reading a page twice (olmocr-flows run needs "
                "--replace for that)"
            )
        yield from read_rows(path, Stored, _BATCH)


def remove_unreferenced_records(folder: AnyPath, named: Iterable[str]) -> None:
    """Remove records that the ledger does not name: those of parts that were replaced, and what a crash left."""
    kept = set(named)
    for path in [*folder.glob("*"), *(folder / RECORDS).glob("*")]:
        if path.name.endswith(".tmp") or (path.parent == folder / RECORDS and path.name not in kept):
            path.unlink(missing_ok=True)


class StoredWriter:
    """Writes the records of one part to a stream."""

    def __init__(self, stream: IO[Any]) -> None:
        self._writer = pq.ParquetWriter(stream, _SCHEMA, compression="zstd")
        self._group: list[Stored] = []
        self._characters = 0

    def add(self, stored: Stored) -> None:
        """Take one record."""
        self._group.append(stored)
        self._characters += len(stored.record)
        if self._characters >= _GROUP_CHARACTERS:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._group:
            columns = zip(*self._group, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=_SCHEMA))
        self._group, self._characters = [], 0
