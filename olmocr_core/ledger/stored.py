"""The records of the dataset, a file a part: a part is rewritten from them without opening a document."""

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
SCHEMA = pa.schema(
    {
        "doc_id": pa.string(),
        "record": pa.large_string(),
        **dict.fromkeys(("original", "original_name", "created", "version", "engine"), pa.string()),
    }
)


class Stored(NamedTuple):
    """A record before it is marked as a duplicate, its original if it is one, and the run that read the document."""

    doc_id: str
    record: str
    original: str | None
    original_name: str | None
    created: str
    version: str
    engine: str


def to_published(record: DocumentRecord, original: str | None, name: str | None) -> DocumentRecord:
    """Return the record as it is published: marked as a duplicate if it has an original."""
    return mark_duplicate(record, original, name or original[:12]) if original else record


def read_stored(folder: AnyPath, state: str) -> Iterator[Stored]:
    """Read the records of a part in order, 64 at a time. Raises RunError if the file is missing or damaged."""
    place = folder / RECORDS / state
    with local_copy(place) as path:
        if path is None:
            raise _lost(place, "is missing")
        try:
            yield from read_rows(path, Stored, _BATCH)
        except (pa.ArrowException, OSError) as error:
            raise _lost(place, f"is damaged ({error})") from error


def _lost(place: AnyPath, how: str) -> RunError:
    return RunError(
        f"{place} {how}: the records of a part of the dataset; restore it, or move the folder ledger/ away and run again: "
        "all sources are then looked at anew, without reading a page twice (olmocr-flows run needs --replace for that)"
    )


def remove_unreferenced_records(folder: AnyPath, named: Iterable[str]) -> None:
    """Remove the records that the ledger does not name: those of replaced parts, and leftovers of a crash."""
    kept = set(named)
    for path in [*folder.glob("*"), *(folder / RECORDS).glob("*")]:
        if path.name.endswith(".tmp") or (path.parent == folder / RECORDS and path.name not in kept):
            path.unlink(missing_ok=True)


class StoredWriter:
    """Writes the records of one part to a stream."""

    def __init__(self, stream: IO[Any]) -> None:
        self._writer = pq.ParquetWriter(stream, SCHEMA, compression="zstd")
        self._group: list[Stored] = []
        self._characters = 0

    def add(self, stored: Stored) -> None:
        """Add one record."""
        self._group.append(stored)
        self._characters += len(stored.record)
        if self._characters >= _GROUP_CHARACTERS:
            self._flush()

    def close(self) -> None:
        """Write the last records."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._group:
            columns = zip(*self._group, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
        self._group, self._characters = [], 0
