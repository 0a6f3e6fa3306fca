"""Copies of documents that no worker can open by a path: archive members, and files whose path is not UTF-8."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from olmocr_core.domain.errors import RunError, UnreadableDocument
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, DocumentKind, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.storage.full_disk import explain_full_disk
from olmocr_core.storage.paths import AnyPath, ObjectPath, is_object_path
from olmocr_core.storage.temporary_files import open_unnamed_file


class Readable(Protocol):
    """The interface of a stream to copy."""

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; empty at the end."""


class PrependedStream:
    """A stream with its first bytes, which were read before, in front."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        return self._rest.read(size)


class _Tee:
    """Copies the bytes that are read, so that hashing and copying are one pass."""

    def __init__(self, source: Readable, sink: BinaryIO, place: Path, limit: int) -> None:
        self._source = source
        self._sink = sink
        self._place = place
        self._limit = limit
        self._size = 0

    def read(self, size: int, /) -> bytes:
        chunk = self._source.read(size)
        self._size += len(chunk)
        if self._size > self._limit:
            raise UnreadableDocument(
                f"the file has more than the {self._limit >> 20} MB that limits.max_file_mb allows"
            )
        try:
            with explain_full_disk(self._place):
                self._sink.write(chunk)
        except OSError as error:
            raise RunError(f"documents cannot be copied to {self._place}: {error.strerror}") from error
        return chunk


def copy_to_inputs(
    stream: Readable, kind: DocumentKind, source: Source, inputs_folder: AnyPath, limits: Limits
) -> Document:
    """Copy a stream to ``<inputs_folder>/<aa>/<doc_id>``, atomically and once, and return its document.

    The folder may lie in a store: then every machine can open the document.

    Raises UnreadableDocument over ``limits.max_file_mb``, DiskFull, RunError if the folder cannot be written, and the errors
    of the stream.
    """
    if is_object_path(inputs_folder):
        return _keep_remote(stream, kind, source, inputs_folder, limits)
    assert isinstance(inputs_folder, Path)
    incoming = inputs_folder / f".incoming-{secrets.token_hex(8)}.tmp"
    with explain_full_disk(inputs_folder):
        inputs_folder.mkdir(parents=True, exist_ok=True)
        try:
            # Without a buffer, a full disk shows at a write and not when the file is closed.
            with incoming.open("xb", buffering=0) as sink:
                tee = _Tee(stream, cast(BinaryIO, sink), inputs_folder, limits.max_file_mb << 20)
                doc_id = document_id(cast(BinaryIO, tee))
            location = _place(incoming, inputs_folder / doc_id[:2] / doc_id)
        finally:
            incoming.unlink(missing_ok=True)
    found = location.stat()
    return Document(
        doc_id=doc_id,
        kind=kind,
        location=str(location.resolve()),
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        sources=(source,),
    )


def _keep_remote(stream: Readable, kind: DocumentKind, source: Source, inputs: ObjectPath, limits: Limits) -> Document:
    with open_unnamed_file() as (path, sink):
        doc_id = document_id(cast(BinaryIO, _Tee(stream, sink, path, limits.max_file_mb << 20)))
        sink.flush()
        location = inputs / doc_id[:2] / doc_id
        size = path.stat().st_size
        try:
            there = location.stat().st_size == size
        except FileNotFoundError:
            there = False
        if not there:
            location.upload(path)
    return Document(doc_id=doc_id, kind=kind, location=str(location), size_bytes=size, mtime_ns=0, sources=(source,))


def _place(incoming: Path, location: Path) -> Path:
    # An existing copy keeps its modification time: another run may be reading it and checks that time.
    if not (location.is_file() and location.stat().st_size == incoming.stat().st_size):
        location.parent.mkdir(exist_ok=True)
        incoming.replace(location)
    return location
