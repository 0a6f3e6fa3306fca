"""What a ledger holds: a row for each place where a document was found, and the parts that the dataset is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import Field

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.models import Frozen, Source

PRESENT, DELETED = "present", "deleted"
SKIPPED = "skipped"
"""The outcome of a file that is neither PDF nor image: known, so that nobody opens it every night."""


class Row(NamedTuple):
    """One source. Times are ISO date-times in UTC; a plain tuple, because there may be millions.

    ``uri``, ``size`` and ``version`` (etag, or mtime in nanoseconds) are those of the file or object that was listed;
    ``source`` is the place in it: ``uri`` itself, or ``uri::member`` of an archive. ``doc_id`` is empty for what never
    became a document. ``outcome`` is the status of the document, or ``skipped``; ``text_digest`` tells equal texts;
    ``part`` is the part of the dataset that holds the document (None: none does), ``markdown`` its file there.
    ``run`` and ``recipe`` say which run read the document, and by what rules and engine.
    """

    uri: str
    source: str
    name: str
    size: int
    version: str
    status: str
    doc_id: str
    outcome: str
    first_seen: str
    last_seen: str
    deleted: str | None = None
    run: str = ""
    recipe: str = ""
    text_digest: str | None = None
    part: int | None = None
    markdown: str | None = None

    @property
    def key(self) -> str:
        """What tells the record of this source from others: the document, or the source that never became one."""
        return self.doc_id or self.source


class Part(Frozen):
    """A part of the dataset: its records as they are kept (``state``), and the files made of them in the dataset."""

    number: int
    state: str
    records: int
    counts: DocumentCounts
    engines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Head(Frozen):
    """What a ledger says of itself. ``run`` wrote it; ``published`` is the run that the manifest it belongs to names.

    ``listed`` is when the sources were listed, ``formats`` the publishing settings that the parts were made with.
    """

    version: int = 1
    run: str = ""
    published: str = ""
    listed: str = ""
    formats: dict[str, Any] = Field(default_factory=dict)
    next_number: int = 0
    parts: tuple[Part, ...] = ()


def sources_of(rows: Iterable[Row]) -> tuple[Source, ...]:
    """The sources of a document, the first seen first: those that are there, else those that were."""
    found = sorted(rows, key=lambda row: (row.first_seen, row.source))
    there = [row for row in found if row.status == PRESENT] or found
    return tuple(Source(uri=row.source, name=row.name) for row in there)
