"""What discovery does with objects: the same as with files, after a look at their names and first bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from olmocr_core.domain.errors import DocumentError, StoreRefused, UnreadableDocument
from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind
from olmocr_core.sources.archive import read_archive
from olmocr_core.sources.found import Found, Skipped, problem
from olmocr_core.sources.local import HEAD, NOT_A_DOCUMENT, check_size, claims_document
from olmocr_core.sources.tar_head import is_tar
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.objects import ObjectInfo
from olmocr_core.storage.paths import AnyPath

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True)
class RemoteCandidate:
    """An object that may be a document. ``explicit``: somebody named this very object, so it must be one."""

    uri: str
    source: Source
    info: ObjectInfo
    explicit: bool = False


def identify_remote(candidate: RemoteCandidate, fetcher: Fetcher, limits: Limits) -> Document | Problem | Skipped:
    """Read an object, once and through to the scratch folder, and say what it is.

    What cannot be read is a problem, never an exception, unless the store is away (StoreUnavailable).
    """
    try:
        return _read(candidate, fetcher, limits)
    except DocumentError as error:
        return problem(candidate.source, error)
    except (FileNotFoundError, StoreRefused) as error:
        # Listing it was allowed, so that this is about the one object.
        return problem(candidate.source, UnreadableDocument(f"the object cannot be read: {error}"))


def _read(candidate: RemoteCandidate, fetcher: Fetcher, limits: Limits) -> Document | Skipped:
    expected = candidate.explicit or claims_document(candidate.info.key)
    if not expected:
        # A bucket may hold terabytes that are no documents: a few KB tell.
        head = fetcher.read_head(candidate.uri, HEAD)
        if is_tar(head) or sniff_kind(head[:HEAD_BYTES]) is None:
            return Skipped()
    check_size(candidate.info.size, limits)
    with fetcher.download(candidate.uri) as (path, doc_id, info):
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        kind = None if is_tar(head) else sniff_kind(head[:HEAD_BYTES])
        if kind is None:
            raise UnreadableDocument(NOT_A_DOCUMENT)
        check_size(info.size, limits)
        fetcher.scratch.keep(path, doc_id)
    return Document(
        doc_id=doc_id,
        kind=kind,
        location=candidate.uri,
        size_bytes=info.size,
        mtime_ns=int(info.modified * 1_000_000_000),
        sources=(candidate.source,),
    )


def is_remote_archive(uri: str, fetcher: Fetcher) -> bool:
    """Whether an object is a tar archive, by its name and its first bytes."""
    return uri.lower().endswith(TAR_SUFFIXES) and is_tar(fetcher.read_head(uri, HEAD))


def read_remote_archive(
    uri: str, source: Source, prefix: str, fetcher: Fetcher, inputs_folder: AnyPath, limits: Limits
) -> Iterator[Found]:
    """The documents in an archive in a store, by way of a local copy for as long as it is read."""
    with fetcher.download(uri) as (path, _, _info):
        yield from read_archive(path, source, prefix, inputs_folder, limits)
