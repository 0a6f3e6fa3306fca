"""The content of a ledger: a row for each source, and the parts of the dataset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import Field

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.models import Frozen, Source

PRESENT, DELETED = "present", "deleted"
SKIPPED = "skipped"
"""The outcome of a file that is neither PDF nor image. The ledger keeps it, so that no later run opens the file."""
NOT_FOLLOWED = "not_followed"
"""The outcome of a link or a member of an archive that is not followed for safety."""

DUE = ""
"""The recipe of a document that the next run reads whatever its recipe is: it was not to be had when it was read last."""


class Row(NamedTuple):
    """One source. Times are ISO date-times in UTC. A plain tuple, because a ledger may hold millions.

    ``uri``, ``size`` and ``version`` (etag, or mtime in nanoseconds) describe the listed file or object; ``source`` is
    ``uri`` itself, or ``uri::member`` for a member of an archive. ``doc_id`` is empty if the source is no document.
    ``outcome`` is the status of the document, ``skipped`` or ``not_followed``; equal texts have the same
    ``text_digest``. ``part`` is the number of the part that holds the document (None: no part), ``markdown`` the path of its
    Markdown file. ``run`` and ``recipe`` are those that read the document. ``reason`` says why the source is no document.
    ``listing`` is the number of the newest listing that covered it.
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
    reason: str | None = None
    listing: int = 0

    @property
    def key(self) -> str:
        """The key of the record: the document, or the source if it is no document."""
        return self.doc_id or self.source

    @property
    def is_left_out(self) -> bool:
        """Whether the source is none of the documents that runs count."""
        return self.outcome in (SKIPPED, NOT_FOLLOWED)


class Part(Frozen):
    """A part of the dataset: the file with its records (``state``), and the paths of its files in the dataset."""

    number: int
    state: str
    records: int
    counts: DocumentCounts
    engines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Head(Frozen):
    """The header of a ledger. ``run`` wrote it; ``published`` is the run of the manifest that it belongs to.

    ``listed`` is the time of the newest listing and ``listing`` its number, ``formats`` the publishing settings of the parts.
    """

    version: int = 1
    run: str = ""
    published: str = ""
    listed: str = ""
    listing: int = 0
    formats: dict[str, Any] = Field(default_factory=dict)
    next_number: int = 0
    parts: tuple[Part, ...] = ()


def sources_of(rows: Iterable[Row]) -> tuple[Source, ...]:
    """The present sources of a document in the order of ``first_seen``; if none is present, the deleted ones."""
    found = sorted(rows, key=lambda row: (row.first_seen, row.source))
    there = [row for row in found if row.status == PRESENT] or found
    return tuple(Source(uri=row.source, name=row.name) for row in there)
