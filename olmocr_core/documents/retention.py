"""Retention rules: which files of a workspace may be removed, by age and by references. Does not touch files.

A page record stays while the published dataset, the ledger, or the state of a kept run refers to its document. In doubt
a file stays: unknown files, times in the future, colliding ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from olmocr_core.domain.models import Frozen

DAY = 86_400.0
Kind = Literal["page", "image", "input", "leftover", "result", "run", "report"]


class RetentionRules(Frozen):
    """Ages in days after which files may be removed, if nothing refers to them."""

    image_days: float = Field(7, ge=0, description="Page images; they are rendered again when needed")
    page_days: float = Field(180, ge=0, description="Pages and archive members of documents without references")
    run_days: float = Field(30, ge=0, description="The state of runs, and Prefect's stored results")
    report_days: float = Field(90, ge=0, description="Reports; the newest one always stays")
    leftover_days: float = Field(1, ge=0.25, description="Incomplete files that a crash left behind")
    flow_run_days: float = Field(30, ge=0, description="Flow runs in Prefect, with their logs and artifacts")
    failed_run_days: float = Field(90, ge=0, description="The same for failed and crashed ones")


class StoredFile(Frozen):
    """A file and its kind. ``modified`` in seconds since 1970; ``doc_id`` if it belongs to a document."""

    kind: Kind
    modified: float
    doc_id: str | None = None


class DocumentSet:
    """A set of documents with 8 bytes for each. A collision counts two as one, so that too much is kept."""

    def __init__(self, doc_ids: Iterable[str] = ()) -> None:
        hashes = np.fromiter((_short_hash(doc_id) for doc_id in doc_ids), dtype=np.uint64)
        self._hashes = np.unique(hashes)

    def __contains__(self, doc_id: str) -> bool:
        short_hash = np.uint64(_short_hash(doc_id))
        place = int(np.searchsorted(self._hashes, short_hash))
        return place < len(self._hashes) and bool(self._hashes[place] == short_hash)

    def __len__(self) -> int:
        return len(self._hashes)

    def __or__(self, other: DocumentSet) -> DocumentSet:
        both = DocumentSet()
        both._hashes = np.union1d(self._hashes, other._hashes)
        return both


@dataclass(frozen=True, slots=True)
class ReferencedDocuments:
    """Documents with a reference: ``anywhere``, or from ``unfinished`` runs.

    ``certain`` is False if the documents of the dataset are unknown; then no page is removed.
    """

    anywhere: DocumentSet
    unfinished: DocumentSet
    certain: bool = True


def may_remove(entry: StoredFile, named: ReferencedDocuments, rules: RetentionRules, now: float) -> bool:
    """Whether a file of the workspace may be removed at time ``now``."""
    days = (now - entry.modified) / DAY
    if entry.kind == "leftover":
        return days > rules.leftover_days
    if entry.kind == "result":
        return days > rules.run_days
    if entry.doc_id is None:
        return False
    if entry.kind == "image":
        return days > rules.image_days and entry.doc_id not in named.unfinished
    if entry.kind in ("page", "input"):
        return named.certain and days > rules.page_days and entry.doc_id not in named.anywhere
    return False


def may_remove_run(run: str, last_touched: float, published: str, rules: RetentionRules, now: float) -> bool:
    """Whether the state of a run may be removed; never that of the run published last."""
    return run != published and (now - last_touched) / DAY > rules.run_days


def may_remove_report(run: str, last_touched: float, newest: str, rules: RetentionRules, now: float) -> bool:
    """Whether a report may be removed; never the newest one."""
    return run != newest and (now - last_touched) / DAY > rules.report_days


def _short_hash(doc_id: str) -> int:
    return int(doc_id[:16], 16)
