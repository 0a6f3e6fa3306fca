"""What may go and what stays: rules over ages and names, without touching a file.

A page record stays while anything names its document: the published dataset, the ledger, or the state of a run that is
kept. Whoever is in doubt keeps: an unknown file, a time in the future, two documents that look alike.
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
    """Ages in days from which something may go, if nothing names it."""

    image_days: float = Field(7, ge=0, description="Page images; they are drawn again when they are needed")
    page_days: float = Field(
        180, ge=0, description="Pages and archive members of documents that nothing names any more"
    )
    run_days: float = Field(30, ge=0, description="The state of runs, and Prefect's stored results")
    report_days: float = Field(90, ge=0, description="Reports; the newest always stays")
    leftover_days: float = Field(1, ge=0.25, description="Half-written files that a crash left behind")
    flow_run_days: float = Field(30, ge=0, description="Flow runs in Prefect, with their logs and artifacts")
    failed_run_days: float = Field(90, ge=0, description="The same for failed and crashed ones")


class StoredFile(Frozen):
    """A file by what it is. ``modified`` in seconds since 1970; ``doc_id`` for what belongs to a document."""

    kind: Kind
    modified: float
    doc_id: str | None = None


class DocumentSet:
    """A set of documents that takes 8 bytes for each. Two that look alike count as one: that keeps what could go."""

    def __init__(self, doc_ids: Iterable[str] = ()) -> None:
        marks = np.fromiter((_mark(doc_id) for doc_id in doc_ids), dtype=np.uint64)
        self._marks = np.unique(marks)

    def __contains__(self, doc_id: str) -> bool:
        mark = np.uint64(_mark(doc_id))
        place = int(np.searchsorted(self._marks, mark))
        return place < len(self._marks) and bool(self._marks[place] == mark)

    def __len__(self) -> int:
        return len(self._marks)

    def __or__(self, other: DocumentSet) -> DocumentSet:
        both = DocumentSet()
        both._marks = np.union1d(self._marks, other._marks)
        return both


@dataclass(frozen=True, slots=True)
class ReferencedDocuments:
    """Documents that something names: ``anywhere`` at all, or in runs that are ``unfinished``.

    ``certain`` is False where the dataset does not tell its documents; then no page goes.
    """

    anywhere: DocumentSet
    unfinished: DocumentSet
    certain: bool = True


def may_remove(entry: StoredFile, named: ReferencedDocuments, rules: RetentionRules, now: float) -> bool:
    """Whether a file of the workspace may be removed at the time ``now``."""
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
    """Whether the state of a run may go; never that of the run that was published last."""
    return run != published and (now - last_touched) / DAY > rules.run_days


def may_remove_report(run: str, last_touched: float, newest: str, rules: RetentionRules, now: float) -> bool:
    """Whether a report may go; never the newest."""
    return run != newest and (now - last_touched) / DAY > rules.report_days


def _mark(doc_id: str) -> int:
    return int(doc_id[:16], 16)
