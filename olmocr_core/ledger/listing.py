"""What the sources hold tonight, as one sorted table; it is never held as a whole."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from olmocr_core.errors import DocumentError, NothingFound, UsageError
from olmocr_core.ledger.file import read_rows, write_rows
from olmocr_core.ledger.sorting import Sorter
from olmocr_core.models import Source
from olmocr_core.settings import Limits
from olmocr_core.sources.found import Problem
from olmocr_core.sources.listing import Listed, list_sources
from olmocr_core.sources.lists import LIST_SUFFIXES, looks_like_list, read_list
from olmocr_core.sources.local import read_head
from olmocr_core.sources.names import display, source_name
from olmocr_core.sources.walk import fixed_part, has_magic
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.places import Place, is_remote

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


def list_to(target: Place, sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: Place) -> Listing:
    """List sources into a Parquet file, sorted by URI, in bounded memory.

    Folders, files, globs, ``s3://`` places, and lists of them. A source that holds nothing is an ordinary night. Raises
    UsageError for a source that is not there: a folder that is not mounted is no reason to take all for deleted.
    """
    found = Listing()
    found.entries = write_listing(target, _entries(sources, fetcher, limits, left_out, found), fetcher.scratch.folder)
    return found


def write_listing(target: Place, entries: Iterable[Listed], scratch: Path) -> int:
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
    sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: Place, found: Listing
) -> Iterator[Listed]:
    seen: set[str] = set()
    waiting = [(source, False) for source in reversed(sources)]
    while waiting:
        spec, nested = waiting.pop()
        if spec in seen:
            continue
        seen.add(spec)
        inner = _list_entries(spec, fetcher, limits, found)
        if inner is not None:
            waiting.extend((entry, True) for entry in reversed(inner))
            continue
        try:
            _check_mounted(spec)
            yield from list_sources(spec, fetcher.settings.source, left_out, _noting(spec, found))
        except UsageError as error:
            if not nested and not isinstance(error, NothingFound):
                raise
            _note(found, str(error))
        found.specs.append(spec)


def _check_mounted(spec: str) -> None:
    if not is_remote(spec) and has_magic(spec) and not fixed_part(Path.cwd() / spec).is_dir():
        raise UsageError(f"source {display(spec)!r}: there is no such folder")


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


def _list_entries(spec: str, fetcher: Fetcher, limits: Limits, found: Listing) -> list[str] | None:
    """The sources that a list names, or None for what is no list."""
    source = Source(uri=display(spec), name=source_name(spec.rpartition("/")[2]))
    if is_remote(spec):
        if not spec.endswith(LIST_SUFFIXES) or has_magic(spec.partition("://")[2]):
            return None
        try:
            with fetcher.downloaded(spec) as (path, _, _info):
                entries = list(read_list(path, source, limits))
        except FileNotFoundError:
            return None
        above = spec[: spec.rfind("/")]
        # Whoever can write to a bucket names objects beside the list, never files of this machine.
        return [one if is_remote(one) else f"{above}/{one.lstrip('/')}" for one in _told(entries, found)]
    path = Path(spec)
    if not path.is_file() or not looks_like_list(path, _head(path)):
        return None
    return [
        one if is_remote(one) else str(path.absolute().parent / one)
        for one in _told(read_list(path, source, limits), found)
    ]


def _told(entries: Iterator[str | Problem] | list[str | Problem], found: Listing) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, Problem):
            _note(found, f"{entry.source.uri}: {entry.error.message}")
        else:
            yield entry


def _head(path: Path) -> bytes:
    try:
        return read_head(path)
    except (OSError, DocumentError):
        # An archive's first byte: what cannot be read is no list.
        return b"\0"
