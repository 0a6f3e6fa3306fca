"""From what was listed to documents: for whoever lists first and decides then what is worth reading."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from olmocr_core.domain.errors import DocumentError, StoreRefused, UnreadableDocument
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.archive import archive_stem, read_archive
from olmocr_core.sources.found import Candidate, Found, problem
from olmocr_core.sources.listing import Listed
from olmocr_core.sources.local import identify, read_head
from olmocr_core.sources.names import source_name
from olmocr_core.sources.remote import (
    TAR_SUFFIXES,
    RemoteCandidate,
    identify_remote,
    is_remote_archive,
    read_remote_archive,
)
from olmocr_core.sources.tar_head import is_tar
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.objects import ObjectInfo
from olmocr_core.storage.paths import AnyPath, is_remote_uri

_THREADS = 8
_AHEAD = 64


def identify_listed(
    entries: Iterable[Listed], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher
) -> Iterator[tuple[Listed, tuple[Found, ...]]]:
    """Each entry with what it is, in order, some read ahead: one document, problem or nothing; an archive's many.

    Names stay those that were listed. A file or object that went meanwhile is a problem. Raises StoreUnavailable when the
    store is away, RunError when the disk is full.
    """
    with ThreadPoolExecutor(min(_THREADS, (os.cpu_count() or 1) * 2), "identify") as pool:
        pending: deque[tuple[Listed, Future[tuple[Found, ...]]]] = deque()
        for entry in entries:
            pending.append((entry, pool.submit(_identify, entry, inputs_folder, limits, fetcher)))
            if len(pending) > _AHEAD:
                first, found = pending.popleft()
                yield first, found.result()
        while pending:
            first, found = pending.popleft()
            yield first, found.result()


def _identify(entry: Listed, inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher) -> tuple[Found, ...]:
    source = Source(uri=entry.uri, name=source_name(entry.name))
    try:
        if is_remote_uri(entry.uri):
            return _remote(entry, source, inputs_folder, limits, fetcher)
        return _local(Path(entry.uri), source, inputs_folder, limits)
    except (FileNotFoundError, StoreRefused) as error:
        return (problem(source, UnreadableDocument(f"it cannot be read: {error}")),)


def _remote(
    entry: Listed, source: Source, inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher
) -> tuple[Found, ...]:
    if is_remote_archive(entry.uri, fetcher):
        prefix = archive_stem(source.name)
        return tuple(read_remote_archive(entry.uri, source, prefix, fetcher, inputs_folder, limits))
    info = ObjectInfo(key=entry.name, size=entry.size, etag=entry.version, modified=0.0)
    return (identify_remote(RemoteCandidate(entry.uri, source, info), fetcher, limits),)


def _local(path: Path, source: Source, inputs_folder: AnyPath, limits: Limits) -> tuple[Found, ...]:
    if path.name.lower().endswith(TAR_SUFFIXES) and _is_archive(path):
        return tuple(read_archive(path, source, archive_stem(source.name), inputs_folder, limits))
    return (identify(Candidate(path, source), inputs_folder, limits),)


def _is_archive(path: Path) -> bool:
    # What cannot be opened goes on: identifying it says why.
    try:
        return is_tar(read_head(path))
    except (OSError, DocumentError):
        return False
