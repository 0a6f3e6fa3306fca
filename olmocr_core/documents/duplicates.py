"""Find documents with equal text and different bytes: the first one is kept, the others refer to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from olmocr_core.domain.identity import text_digest
from olmocr_core.domain.models import DocumentRecord

MIN_CHARS = 200
"""Shorter texts ("see attachment") are equal by chance."""


class TextIndex:
    """The texts seen so far: a digest, an id and a name for each document, not the texts themselves."""

    def __init__(self) -> None:
        self._first: dict[bytes, tuple[str, str]] = {}

    def find_original(self, record: DocumentRecord) -> tuple[str, str] | None:
        """Find the doc_id and name of an earlier document with the same text, ignoring case and white space, or None.

        Only documents that will be published count, so that each text is published once.
        """
        if record.status not in ("kept", "partial") or len(record.text) < MIN_CHARS:
            return None
        digest = bytes.fromhex(text_digest(record.text))
        name = record.sources[0].name if record.sources else record.doc_id[:12]
        first = self._first.setdefault(digest, (record.doc_id, name))
        return None if first[0] == record.doc_id else first


def mark_duplicates(records: Iterable[DocumentRecord]) -> Iterator[DocumentRecord]:
    """Yield the records in the same order; those with a text seen before get the status ``duplicate``."""
    index = TextIndex()
    for record in records:
        original = index.find_original(record)
        yield record if original is None else mark_duplicate(record, *original)


def mark_duplicate(record: DocumentRecord, original: str, name: str) -> DocumentRecord:
    """Mark a record as a duplicate of the document ``original``; earlier reasons follow the new one."""
    reason = f"its text is the same as that of {name}, which came first"
    changes = {"status": "duplicate", "duplicate_of": original, "reasons": (reason, *record.reasons)}
    return record.model_copy(update=changes)
