"""What the sources hold tonight, as one sorted table; it is never held as a whole."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from olmocr_core.domain.errors import NothingFound, UsageError
from olmocr_core.domain.settings import Limits
from olmocr_core.ledger.file import read_rows, write_rows
from olmocr_core.ledger.list_files import ListFiles, check_mounted
from olmocr_core.ledger.sorting import Sorter
from olmocr_core.sources.listing import Listed, list_sources
from olmocr_core.sources.names import display
from olmocr_core.sources.walk import fixed_part, has_magic
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.paths import AnyPath, is_remote_uri

_log = logging.getLogger(__name__)
_TABLE = pa.schema({"uri": pa.string(), "name": pa.string(), "size": pa.int64(), "version": pa.string()})


class _Line(NamedTuple):
    uri: str
    name: str
    size: int
    version: str


@dataclass
class Listing:
    """What was listed: how many entries, through which sources, and what could not be looked at."""

    entries: int = 0
    specs: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def list_to(target: AnyPath, sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: AnyPath) -> Listing:
    """List sources into a Parquet file, sorted by URI, in bounded memory.

    Folders, files, globs, ``s3://`` places, and lists of them. A source that holds nothing is an ordinary night. Raises
    UsageError for a source that is not there: a folder that is not mounted is no reason to take all for deleted.
    """
    found = Listing()
    found.entries = write_listing(target, _entries(sources, fetcher, limits, left_out, found), fetcher.scratch.folder)
    return found


def write_listing(target: AnyPath, entries: Iterable[Listed], scratch: Path) -> int:
    """Sort entries by URI into a Parquet file, by way of files in ``scratch``; how many came is returned."""
    with Sorter(_TABLE, scratch) as sorter:
        # Of two entries for one file the one that came first comes first: its name counts.
        count = sorter.add((entry.uri, entry.name, entry.size, entry.version) for entry in entries)
        with open_atomic(target) as stream:
            write_rows(stream, _TABLE, sorter.rows())
    return count


def read_listing(path: Path) -> Iterator[Listed]:
    """The entries of a listing, sorted by URI, as a stream."""
    for line in read_rows(path, _Line):
        yield Listed(uri=line.uri, name=line.name, size=line.size, version=line.version)


def _entries(
    sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: AnyPath, found: Listing
) -> Iterator[Listed]:
    lists = ListFiles(fetcher, limits, left_out, partial(_note, found))
    seen: set[str] = set()
    waiting = [(source, False) for source in reversed(sources)]
    while waiting:
        spec, nested = waiting.pop()
        if (known := _known_as(spec)) in seen:
            continue
        seen.add(known)
        try:
            if (inner := lists.entries(spec)) is not None:
                waiting.extend((entry, True) for entry in reversed(inner))
                continue
            check_mounted(spec)
            yield from list_sources(spec, fetcher.settings.source, left_out, _noting(spec, found))
        except UsageError as error:
            if not nested and not isinstance(error, NothingFound):
                raise
            _note(found, str(error))
        found.specs.append(spec)


def _known_as(spec: str) -> str:
    """One text for all ways to write a source, so that lists which name each other end."""
    if is_remote_uri(spec):
        return spec
    if not has_magic(spec) or os.path.lexists(spec):
        return os.path.abspath(spec)  # noqa: PTH100 - links are names of their own
    pattern = Path.cwd() / spec
    root = fixed_part(pattern)
    return str(root.resolve() / pattern.relative_to(root))


def _noting(spec: str, found: Listing) -> Callable[[str, OSError], None]:
    def missed(folder: str, error: OSError) -> None:
        told = f"{folder}: the folder cannot be listed: {error.strerror}"
        if folder == display(os.path.abspath(spec)):  # noqa: PTH100 - as list_sources names it
            raise UsageError(f"source {told}")
        found.blind.append(folder)
        _note(found, told)

    return missed


def _note(found: Listing, note: str) -> None:
    _log.warning("%s", note)
    found.notes.append(note)
