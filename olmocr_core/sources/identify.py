"""Identify listed files: each is read once; its content decides its type and its identity."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from olmocr_core.domain.errors import DocumentError, DocumentUnavailable, SourceAway, StoreRefused, UnreadableDocument
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, DocumentKind, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import HEAD_BYTES, claims_document, not_a_document, sniff_kind
from olmocr_core.sources.archives import ArchiveFormat, archive_format, archive_stem, has_archive_name
from olmocr_core.sources.found import Found, NotFollowed, Skipped, problem
from olmocr_core.sources.inputs import copy_to_inputs
from olmocr_core.sources.listing import Listed
from olmocr_core.sources.local import HEAD, check_size, open_regular, read_head
from olmocr_core.sources.names import display, is_plain, source_name
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.os_errors import find_fault
from olmocr_core.storage.paths import AnyPath, is_remote_uri

_THREADS = 8
_AHEAD = 64


def identify_listed(
    entries: Iterable[Listed], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher
) -> Iterator[tuple[Listed, tuple[Found, ...]]]:
    """Identify each entry, in order, some ahead: one document, problem or skipped file; an archive gives many.

    A file that cannot be read now gives one problem, also if it is an archive, and is a DocumentUnavailable.

    Hashing releases the GIL, so that a few threads share the work. A file or object that disappeared since the listing is
    a problem. Raises StoreUnavailable when the store does not answer, DiskFull.
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


def identify_file(path: Path, inputs_folder: AnyPath, limits: Limits) -> Document:
    """The document in one local file, whatever its name: neither a list nor an archive is opened, nothing else is read.

    Raises UnreadableDocument for any other file, and OSError.
    """
    text = os.fspath(path.absolute())
    head = read_head(path)
    if archive_format(head) or sniff_kind(head[:HEAD_BYTES]) is None:
        raise UnreadableDocument(not_a_document())
    entry = Listed(display(text), path.name, 0, "", explicit=True, path=None if is_plain(text) else os.fsencode(text))
    found = _identify_file(entry, Source(uri=entry.uri, name=source_name(path.name)), inputs_folder, limits)
    assert isinstance(found[0], Document)
    return found[0]


def _identify(entry: Listed, inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher) -> tuple[Found, ...]:
    source = Source(uri=entry.uri, name=entry.name)
    try:
        if entry.not_followed:
            return (NotFollowed(source=source, reason=entry.not_followed),)
        if entry.problem:
            raise UnreadableDocument(entry.problem)
        if is_remote_uri(entry.uri):
            return _identify_object(entry, source, inputs_folder, limits, fetcher)
        return _identify_file(entry, source, inputs_folder, limits)
    except (DocumentError, DocumentUnavailable) as error:
        return (problem(source, error),)
    except StoreRefused as error:
        # Listing was allowed, so that only this file is affected.
        return (problem(source, SourceAway(f"it cannot be read: {error}")),)
    except OSError as error:
        return (
            problem(source, find_fault(error) or SourceAway(f"the file cannot be read: {error.strerror or error}")),
        )


def _identify_file(entry: Listed, source: Source, inputs_folder: AnyPath, limits: Limits) -> tuple[Found, ...]:
    path = Path(os.fsdecode(entry.path)) if entry.path else Path(entry.uri)
    head = read_head(path)
    if archive := _archive(entry, head):
        return tuple(archive.read(path, source, archive_stem(source.name), inputs_folder, limits))
    with open_regular(path) as stream:
        status = os.fstat(stream.fileno())
        kind = _kind(entry, head, status.st_size, limits)
        if kind is None:
            return (Skipped(),)
        if entry.path:
            # JSON cannot hold such a path: workers open a copy that is named by its content.
            return (copy_to_inputs(stream, kind, source, inputs_folder, limits),)
        return (
            Document(
                doc_id=document_id(stream),
                kind=kind,
                location=os.fspath(path),
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
                sources=(source,),
            ),
        )


def _identify_object(
    entry: Listed, source: Source, inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher
) -> tuple[Found, ...]:
    if not _is_expected(entry) or has_archive_name(entry.uri):
        # A bucket may hold terabytes that are no documents: the first 4 KB decide.
        head = fetcher.read_head(entry.uri, HEAD)
        if archive := _archive(entry, head):
            with fetcher.download(entry.uri) as (path, _, _info):
                return tuple(archive.read(path, source, archive_stem(source.name), inputs_folder, limits))
        if _kind(entry, head, entry.size, limits) is None:
            return (Skipped(),)
    check_size(entry.size, limits)
    with fetcher.download(entry.uri) as (path, doc_id, info):
        kind = _kind(entry, read_head(path), info.size, limits, expected=True)
        assert kind
        fetcher.scratch.keep(path, doc_id)
    return (
        Document(
            doc_id=doc_id,
            kind=kind,
            location=entry.uri,
            size_bytes=info.size,
            mtime_ns=int(info.modified * 1_000_000_000),
            sources=(source,),
        ),
    )


def _archive(entry: Listed, head: bytes) -> ArchiveFormat | None:
    """The type of an archive that is opened: one that the user named, or one with the suffix of an archive."""
    return archive_format(head) if entry.explicit or has_archive_name(entry.name) else None


def _kind(entry: Listed, head: bytes, size: int, limits: Limits, *, expected: bool = False) -> DocumentKind | None:
    """The kind of a document; None for another file. Raises UnreadableDocument for a file that should be a document."""
    # An archive of PDFs has a PDF header near its start as well.
    kind = None if archive_format(head) else sniff_kind(head[:HEAD_BYTES])
    if kind is None and not (expected or _is_expected(entry)):
        return None
    check_size(size, limits)
    if kind is None:
        raise UnreadableDocument(not_a_document())
    return kind


def _is_expected(entry: Listed) -> bool:
    return entry.explicit or claims_document(entry.name)
