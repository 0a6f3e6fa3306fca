"""One local file: what it is by its content, and the document that it makes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, DocumentKind, Problem
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind
from olmocr_core.sources.found import Candidate, Skipped, problem
from olmocr_core.sources.inputs import keep
from olmocr_core.sources.names import is_plain
from olmocr_core.sources.tar_head import is_tar
from olmocr_core.storage.paths import AnyPath

# A file with such a name says that it is a document: where its content is not, silence would lose it.
DOCUMENT_SUFFIXES = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".webp", ".gif", ".bmp", ".jp2"}
)
# Enough to unzip the first block of a tar archive, and more than typing a PDF or an image needs.
HEAD = 4096
NOT_A_DOCUMENT = "the file is neither a PDF nor a PNG, JPEG, TIFF or WebP image"


def claims_document(name: str) -> bool:
    """Whether a file's name says that it is a PDF or an image."""
    return os.path.splitext(name)[1].lower() in DOCUMENT_SUFFIXES  # noqa: PTH122 - a name, not a path


def identify(candidate: Candidate, inputs_folder: AnyPath, limits: Limits) -> Document | Problem | Skipped:
    """Read a candidate and say what it is. What cannot be read is a problem, never an exception."""
    expected = candidate.explicit or claims_document(candidate.path.name)
    try:
        document = _read(candidate, expected, inputs_folder, limits)
    except DocumentError as error:
        return problem(candidate.source, error)
    except OSError as error:
        return problem(candidate.source, UnreadableDocument(f"the file cannot be read: {error.strerror or error}"))
    return document or Skipped()


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. Raises UnreadableDocument for pipes, devices and folders, which could block."""
    stream = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)), "rb")  # noqa: SIM115, PTH123
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise UnreadableDocument("it is a pipe, device or folder, not a regular file")


def read_head(path: Path) -> bytes:
    """The first bytes of a regular file."""
    with open_regular(path) as stream:
        return stream.read(HEAD)


def check_size(size: int, limits: Limits) -> None:
    """Raise UnreadableDocument for a file that is empty or over ``limits.max_file_mb``."""
    if size == 0:
        raise UnreadableDocument("the file is empty")
    if size > limits.max_file_mb << 20:
        raise UnreadableDocument(
            f"the file has {size >> 20} MB, more than the {limits.max_file_mb} MB that limits.max_file_mb allows"
        )


def _read(candidate: Candidate, expected: bool, inputs_folder: AnyPath, limits: Limits) -> Document | None:
    with open_regular(candidate.path) as stream:
        found = os.fstat(stream.fileno())
        head = stream.read(HEAD)
        # An archive of PDFs has a PDF header near its start as well.
        kind = None if is_tar(head) else sniff_kind(head[:HEAD_BYTES])
        if kind is None and not expected:
            return None
        check_size(found.st_size, limits)
        if kind is None:
            raise UnreadableDocument(NOT_A_DOCUMENT)
        stream.seek(0)
        if not is_plain(os.fspath(candidate.path)):
            # JSON cannot hold such a path, so workers open a copy that is named by its content.
            return keep(stream, kind, candidate.source, inputs_folder, limits)
        return _document(candidate, kind, found, document_id(stream))


def _document(candidate: Candidate, kind: DocumentKind, found: os.stat_result, doc_id: str) -> Document:
    return Document(
        doc_id=doc_id,
        kind=kind,
        location=os.fspath(candidate.path),
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        sources=(candidate.source,),
    )
