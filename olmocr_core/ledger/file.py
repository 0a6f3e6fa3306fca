"""The ledger's file: one Parquet table, sorted by URI, read as a stream and replaced atomically."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.rows import Head, Row
from olmocr_core.storage.durability import sync_filesystem
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.paths import AnyPath, is_object_path
from olmocr_core.storage.temporary_files import open_unnamed_file

LEDGER = "ledger.parquet"
_HEAD = b"olmocr_ledger"
_BATCH = 8192
_TEXT = pa.string()
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("uri", "source", "name"), _TEXT),
        "size": pa.int64(),
        **dict.fromkeys(("version", "status", "doc_id", "outcome", "first_seen", "last_seen", "deleted"), _TEXT),
        **dict.fromkeys(("run", "recipe", "text_digest"), _TEXT),
        "part": pa.int32(),
        **dict.fromkeys(("markdown", "reason"), _TEXT),
        "listing": pa.int64(),
    }
)
assert tuple(SCHEMA.names) == Row._fields
T = TypeVar("T", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger that is open for reading; ``path`` is None if none was written yet."""

    path: Path | None
    head: Head

    def rows(self) -> Iterator[Row]:
        """All rows in the order of URIs. Each call starts again; memory holds 8,192 rows."""
        return read_rows(self.path, Row) if self.path else iter(())


@contextlib.contextmanager
def open_ledger(folder: AnyPath) -> Iterator[Ledger]:
    """Open the ledger in a folder; a store is asked once. Raises RunError for a ledger that cannot be read."""
    with local_copy(folder / LEDGER) as path:
        yield Ledger(path, _head(path, folder / LEDGER) if path else Head())


def write_ledger(folder: AnyPath, head: Head, rows: Iterable[Row]) -> None:
    """Replace the ledger in a folder atomically, after the records that it names are on the device. Rows are streamed."""
    sync_filesystem(folder)
    schema = SCHEMA.with_metadata({_HEAD: head.model_dump_json().encode()})
    with open_atomic(folder / LEDGER, fsync=True) as stream:
        write_rows(stream, schema, rows)


def read_rows(path: Path, kind: type[T], batch_rows: int = _BATCH) -> Iterator[T]:
    """Read a table as tuples of ``kind``, whose fields are the columns; memory holds ``batch_rows`` rows.

    A column that an older version did not write has the default of its field; an unknown one is left out.
    """
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    defaults: dict[str, Any] = kind._field_defaults  # type: ignore[attr-defined]
    with pq.ParquetFile(path) as table:
        there = set(table.schema_arrow.names)
        for batch in table.iter_batches(batch_rows, columns=[name for name in fields if name in there]):
            columns = (
                batch.column(name).to_pylist() if name in there else [defaults[name]] * len(batch) for name in fields
            )
            yield from map(kind._make, zip(*columns, strict=True))  # type: ignore[attr-defined]


def write_rows(stream: Any, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write tuples as a table; memory holds 8,192 rows."""
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        waiting = iter(rows)
        while chunk := list(islice(waiting, _BATCH)):
            writer.write_batch(record_batch(chunk, schema))


def record_batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    """Convert at least one tuple to columns."""
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


@contextlib.contextmanager
def local_copy(place: AnyPath) -> Iterator[Path | None]:
    """A local copy of a workspace file for the time of the block; None if the file does not exist."""
    if not is_object_path(place):
        assert isinstance(place, Path)
        yield place if place.is_file() else None
        return
    with open_unnamed_file() as (path, copy):
        try:
            place.store.download(place.bucket, place.key, copy)
        except FileNotFoundError:
            yield None
            return
        copy.flush()
        yield path


def _head(path: Path, place: AnyPath) -> Head:
    try:
        return Head.model_validate_json((pq.read_schema(path).metadata or {})[_HEAD])
    except (OSError, KeyError, ValidationError, pa.ArrowException) as error:
        raise RunError(
            f"{place} cannot be read as a ledger ({error}); restore it, or move the folder ledger/ away and run again: "
            "all sources are then looked at anew, without reading a page twice (olmocr-flows run needs --replace for that)"
        ) from error
