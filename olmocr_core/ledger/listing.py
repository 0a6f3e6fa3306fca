"""The listing of a run's sources: one table sorted by URI, written and read as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from olmocr_core.domain.settings import Limits
from olmocr_core.ledger.file import read_rows, write_rows
from olmocr_core.ledger.sorting import Sorter
from olmocr_core.sources.listing import Listed, Listing, list_sources
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.paths import AnyPath

_TABLE = pa.schema(
    {
        "uri": pa.string(),
        "name": pa.string(),
        "size": pa.int64(),
        "version": pa.string(),
        "problem": pa.string(),
        "root": pa.int32(),
        "explicit": pa.bool_(),
        "path": pa.binary(),
        "not_followed": pa.string(),
    }
)
assert tuple(_TABLE.names) == Listed._fields


def list_to(target: AnyPath, sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: AnyPath) -> Listing:
    """List sources into a Parquet file, sorted by URI, in bounded memory.

    Sources are folders, files, globs, ``s3://`` URIs and lists of them. Raises UsageError for a missing source: the files
    of a folder that is not mounted must not count as deleted.
    """
    found = Listing()
    write_listing(target, list_sources(sources, fetcher, limits, left_out, found), fetcher.scratch.folder)
    return found


def write_listing(target: AnyPath, entries: Iterable[Listed], scratch: Path) -> int:
    """Sort entries by URI into a Parquet file, with temporary files in ``scratch``; returns the number of entries."""
    with Sorter(_TABLE, scratch) as sorter:
        # The sort is stable: of two entries for one file the first gives the name.
        count = sorter.add(entries)
        with open_atomic(target) as stream:
            write_rows(stream, _TABLE, sorter.rows())
    return count


def read_listing(path: Path) -> Iterator[Listed]:
    """Read the entries of a listing, sorted by URI, as a stream."""
    return read_rows(path, Listed)
