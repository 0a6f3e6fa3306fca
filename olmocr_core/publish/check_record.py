"""Checks of a record before it is published."""

from __future__ import annotations

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.publish.parts import has_text


def check_record(record: DocumentRecord, seen: set[str]) -> None:
    """Raise RunError for a record that cannot be published: a document's second one, or one whose spans are wrong.

    ``seen`` collects the ids of the documents so far.
    """
    # Files that could not be read have no identity.
    if record.doc_id and record.doc_id in seen:
        raise RunError(f"the dataset was not published: document {_name(record)} has two records")
    seen.add(record.doc_id)
    if has_text(record) and not _spans_tile(record):
        raise RunError(f"the dataset was not published: the page spans of {_name(record)} do not tile its text")


def _spans_tile(record: DocumentRecord) -> bool:
    end = 0
    for span in record.spans:
        if span.start != end or span.end < span.start:
            return False
        end = span.end
    return end == len(record.text)


def _name(record: DocumentRecord) -> str:
    return record.sources[0].uri if record.sources else record.doc_id
