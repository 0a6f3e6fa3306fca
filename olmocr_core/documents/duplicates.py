"""Documents with different bytes and the same text: one of them keeps it, the others are its duplicates."""

from __future__ import annotations

import re

from olmocr_core.domain.identity import text_digest
from olmocr_core.domain.models import DocumentRecord

MIN_CHARS = 200
"""Shorter texts ("see attachment") are alike by chance."""
_LOST_PAGES = re.compile(r"claims \d+ pages but holds \d+")


def duplicate_key(record: DocumentRecord) -> str | None:
    """The digest by which equal texts are found, blind to case and white space; None for a text that is not compared.

    Only documents that are published as a whole count: a text is never lost to a document that is held back, and what two
    damaged documents lack may differ.
    """
    if record.status != "kept" or len(record.text) < MIN_CHARS or not _is_whole(record):
        return None
    return text_digest(record.text)


def mark_duplicate(record: DocumentRecord, original: str, name: str) -> DocumentRecord:
    """The record as a duplicate of the document with the id ``original``; reasons it had stay behind the new one."""
    reason = f"its text is the same as that of {name}, which came first"
    changes = {"status": "duplicate", "duplicate_of": original, "reasons": (reason, *record.reasons)}
    return record.model_copy(update=changes)


def _is_whole(record: DocumentRecord) -> bool:
    read = all(page.status in ("ok", "blank") for page in record.pages)
    return read and not any(map(_LOST_PAGES.fullmatch, record.notes))
