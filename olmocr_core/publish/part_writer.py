"""Writes the parts of the dataset: at most ``documents_per_file`` records, as files of each format and as stored records."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

import pyarrow as pa

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.rows import Part
from olmocr_core.ledger.stored import RECORDS, Stored, StoredWriter
from olmocr_core.publish.context import PublishContext
from olmocr_core.publish.formats import part_writers
from olmocr_core.publish.manifest import PublishedFile
from olmocr_core.publish.parts import RunStamp
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.paths import AnyPath


class PartsWriter:
    """Cuts a stream of records into parts, numbered from ``first``; writes their files to ``pending``.

    ``placed`` maps the key of each record to its part and status.
    """

    def __init__(self, pending: Path, ledger: AnyPath, context: PublishContext, settings: Publish, first: int) -> None:
        self.parts: list[Part] = []
        self.files: list[PublishedFile] = []
        self.placed: dict[str, tuple[int, str]] = {}
        self._pending = pending
        self._ledger = ledger
        self._context = context
        self._settings = settings
        self._first = first
        self._open: _OpenPart | None = None

    def add(self, stored: Stored, record: DocumentRecord) -> None:
        """Add a record, as it is stored and as it is published."""
        if self._open is None:
            self._open = _OpenPart(self._pending, self._ledger, self._context, self._settings, self.next_number)
        self.placed[record.key] = (self._open.number, record.status)
        self._open.add(stored, record)
        if self._open.records >= self._settings.documents_per_file:
            self._seal()

    @property
    def next_number(self) -> int:
        """The number of the next part."""
        return self._first + len(self.parts)

    def finish(self) -> None:
        """Write the last part."""
        if self._open:
            self._seal()

    def close(self) -> None:
        """Close open files after a failure; an unfinished part is discarded."""
        if self._open:
            self._open.discard()

    def _seal(self) -> None:
        assert self._open
        part, files = self._open.finish()
        self._open = None
        self.parts.append(part)
        self.files.extend(files)


class _OpenPart:
    def __init__(self, pending: Path, ledger: AnyPath, context: PublishContext, settings: Publish, number: int) -> None:
        self.number = number
        self.records = 0
        self._statuses: Counter[str] = Counter()
        self._engines: set[str] = set()
        self._writers = part_writers(pending, settings, number)
        # The run id makes the name unique: a part that the ledger names is never overwritten.
        self._state = f"{number:05d}-{context.run}.parquet"
        self._stack = contextlib.ExitStack()
        self._stored = StoredWriter(self._stack.enter_context(open_atomic(ledger / RECORDS / self._state)))

    def add(self, stored: Stored, record: DocumentRecord) -> None:
        stamp = RunStamp(stored.created, stored.version)
        for writer in self._writers:
            writer.add(record, stamp)
        self._stored.add(stored)
        self._statuses[record.status] += 1
        self._engines.add(stored.engine)
        self.records += 1

    def finish(self) -> tuple[Part, list[PublishedFile]]:
        files = [file for writer in self._writers for file in writer.finish()]
        self._stored.close()
        self._stack.close()
        part = Part(
            number=self.number,
            state=self._state,
            records=self.records,
            counts=DocumentCounts(documents=self.records, **self._statuses),
            engines=tuple(sorted(self._engines)),
            files=tuple(file.path for file in files),
        )
        return part, files

    def discard(self) -> None:
        # Closing writes what is buffered, which a full disk refuses: the error that ended the part is the one to show.
        for close in (*(writer.close for writer in self._writers), self._stored.close):
            with contextlib.suppress(OSError, pa.ArrowException):
                close()
        # With an error, open_atomic deletes the unfinished file.
        self._stack.__exit__(RunError, RunError("given up"), None)
