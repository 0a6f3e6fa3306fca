"""Part files: the digest in a name means that equal content is the same file, and no file is overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from olmocr_core.domain.identity import file_digest
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.publish.manifest import PublishedFile


class RunStamp(NamedTuple):
    """The run that read a document: its ISO date-time in UTC, and the version of the project."""

    created: str
    version: str


class Writer(Protocol):
    """Writes one format of a part. ``finish`` returns the files; ``close`` only closes them."""

    def add(self, record: DocumentRecord, stamp: RunStamp) -> None:
        """Add one document, with the run that read it."""

    def finish(self) -> list[PublishedFile]:
        """Write the last file; return every file with its records, bytes and digest."""

    def close(self) -> None:
        """Close open files; does nothing after ``finish``."""


def seal(pending: Path, unnamed: Path, part: str, records: int) -> PublishedFile:
    """Rename a finished part file to ``part`` with ``{digest}`` filled in, relative to ``pending``."""
    sha256 = file_digest(unnamed)
    path = part.format(digest=sha256[:12])
    unnamed.replace(pending / path)
    return PublishedFile(path=path, records=records, bytes=(pending / path).stat().st_size, sha256=sha256)


def has_text(record: DocumentRecord) -> bool:
    """Whether a document is published with its text."""
    return record.status in ("kept", "partial")
