"""Publishing a run: new parts are added, parts with outdated documents are rewritten, all others stay.

The order of writes: records and files of new parts, the manifest, the ledger. A crash before the manifest changes nothing.
A crash before the ledger leaves a manifest that the ledger does not know; the next run then rewrites all parts from the
stored records, without reading a document or a page.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.changes import DatasetChanges, NewRecord, compute_changes
from olmocr_core.ledger.diff import MergedRows, diff_sources, holds_text, merge_rows
from olmocr_core.ledger.file import Ledger, local_copy, open_ledger, write_ledger
from olmocr_core.ledger.listing import read_listing
from olmocr_core.ledger.next_rows import NextRows
from olmocr_core.ledger.rows import Head, Part
from olmocr_core.ledger.sources_state import SourcesFiles, SourcesState
from olmocr_core.ledger.stored import remove_unreferenced_records, to_published
from olmocr_core.publish.commit import staging
from olmocr_core.publish.context import PublishContext
from olmocr_core.publish.incremental import RebuildPlan, RebuildResult, rebuild_dataset
from olmocr_core.publish.manifest import Manifest, read_manifest
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import DocumentOutcome, RunFolder, make_outcome


@dataclass(frozen=True)
class FinishedRun:
    """A run that has read everything. ``unread`` are records of sources that could not be read as a document."""

    folder: RunFolder
    ledger: AnyPath
    context: PublishContext
    settings: Publish
    unread: tuple[DocumentRecord, ...] = ()

    @cached_property
    def files(self) -> SourcesFiles:
        """The files with the comparison of its sources."""
        return SourcesFiles(self.folder.root)

    @cached_property
    def state(self) -> SourcesState:
        """The listing of the run."""
        return self.files.state()

    @property
    def formats(self) -> dict[str, Any]:
        """The settings that decide the files of a part."""
        return self.settings.model_dump(mode="json", exclude={"documents_per_file"})

    def records(self) -> Iterator[DocumentRecord]:
        """The records of the run with texts, in the order of URIs. Each call starts again."""
        return heapq.merge(self.folder.records(), self.unread, key=lambda record: record.sources[0].uri)

    def outcomes(self) -> Iterator[DocumentOutcome]:
        """The outcomes of the same records, without texts."""
        yield from self.folder.outcomes()
        yield from map(make_outcome, self.unread)


def publish_run(run: FinishedRun) -> None:
    """Update the dataset and the ledger with a run. Publishing it again changes nothing.

    Raises RunError, without a change, for an invalid record, and if a later run has read another version of a source.
    """
    with contextlib.ExitStack() as stack:
        pending = stack.enter_context(staging(run.context.dataset))
        ledger = stack.enter_context(open_ledger(run.ledger))
        if ledger.head.run == run.context.run:
            remove_unreferenced_records(run.ledger, (part.state for part in ledger.head.parts))
            run.folder.mark_published()
            return
        if run.folder.is_published:
            # A later run has published since: the documents of this one are there, or were replaced.
            return
        listed = stack.enter_context(local_copy(run.files.listed))
        if listed is None:
            raise RunError(f"{run.files.listed} is missing: what the run has listed; run again")
        _Publication(run, ledger, listed, pending).execute()
        run.folder.mark_published()


@dataclass(frozen=True)
class _Publication:
    run: FinishedRun
    ledger: Ledger
    listed: Path
    pending: Path

    def execute(self) -> None:
        run = self.run
        kept = self._find_kept()
        fresh = {one.key: _new_record(one, place) for place, one in enumerate(run.outcomes()) if one.key not in kept}
        old = read_manifest(run.context.dataset)
        everything = not self._is_in_sync(old)
        changes = compute_changes(self._merge_rows, fresh, everything=everything)
        run.folder.write_judged(_mark_duplicates(run.outcomes(), changes))
        head = self.ledger.head.model_copy(update={"run": run.context.run})
        if run.state.listing >= head.listing:
            head = head.model_copy(update={"listed": run.state.listed, "listing": run.state.listing})
        rows = NextRows(run.context.run, run.state.recipe, fresh, changes, unavailable=kept)
        dirty = self._select_dirty_parts(changes, bool(fresh), everything)
        if fresh or dirty:
            done = self._rebuild(changes, frozenset(fresh), dirty, old, everything)
            head = _next_head(head, run, done)
            rows = replace(rows, placed=done.placed, paths=done.paths)
        write_ledger(run.ledger, head, (rows.updated(row) for group in self._merge_rows() for row in group.after))
        remove_unreferenced_records(run.ledger, (part.state for part in head.parts))

    def _rebuild(
        self,
        changes: DatasetChanges,
        fresh: frozenset[str],
        dirty: tuple[Part, ...],
        old: Manifest | None,
        everything: bool,
    ) -> RebuildResult:
        run, head = self.run, self.ledger.head
        plan = RebuildPlan(
            ledger=run.ledger,
            context=run.context,
            settings=run.settings,
            changes=changes,
            records=lambda: (record for record in run.records() if record.key in fresh),
            fresh=fresh,
            has_relocated=_has_relocated((one for one in run.outcomes() if one.key in fresh), changes),
            kept=tuple(part for part in head.parts if part not in dirty),
            dirty=dirty,
            before={file.path: file for file in old.files} if old and not everything else {},
        )
        return rebuild_dataset(plan, head, old, self.pending)

    def _find_kept(self) -> frozenset[str]:
        """The outcomes of unavailable documents that the dataset holds from an earlier run: what it holds stays."""
        unavailable = {one.key for one in self.run.outcomes() if one.record.try_again}
        if not unavailable:
            return frozenset()
        held = (row for row in self.ledger.rows() if holds_text(row))
        return frozenset(key for row in held for key in (row.key, row.uri) if key in unavailable)

    def _merge_rows(self) -> Iterator[MergedRows]:
        state, scope = self.run.state, self.run.state.scope
        found = diff_sources(self.ledger.rows(), read_listing(self.listed), scope.covers, lambda row: False)
        return merge_rows(found, self.run.files.identified(), state.stamp, lambda uri: state.drops(uri, scope))

    def _is_in_sync(self, manifest: Manifest | None) -> bool:
        """Whether ledger and manifest belong together, and the formats are those of the settings."""
        head = self.ledger.head
        if manifest is None or not head.parts:
            return manifest is None and not head.parts
        named = {file.path for file in manifest.files}
        whole = all(named.issuperset(part.files) for part in head.parts)
        return manifest.run == head.published and whole and head.formats == self.run.formats

    def _select_dirty_parts(self, changes: DatasetChanges, has_fresh: bool, everything: bool) -> tuple[Part, ...]:
        parts = self.ledger.head.parts
        found = {part.number for part in parts if everything or part.number in changes.dirty}
        if found or has_fresh:
            # A part that is less than half full takes new documents: else every run would leave a small part.
            small = self.run.settings.documents_per_file / 2
            found.update(part.number for part in parts if part.records < small)
        return tuple(part for part in parts if part.number in found)


def _mark_duplicates(outcomes: Iterator[DocumentOutcome], changes: DatasetChanges) -> Iterator[DocumentOutcome]:
    """The outcomes of the run, with duplicates of documents in the dataset marked."""
    for one in outcomes:
        # A source that is unavailable while its document stays in the dataset is no document of its own.
        placed = one.record.model_copy(update={"sources": changes.sources.get(one.key, one.record.sources)})
        yield one.model_copy(update={"record": to_published(placed, *(changes.originals.get(one.key) or (None, None)))})


def _has_relocated(outcomes: Iterator[DocumentOutcome], changes: DatasetChanges) -> bool:
    """Whether a document of the run has an older source than the one that the run read it from."""
    return any(changes.sources[one.key][0].uri != one.record.sources[0].uri for one in outcomes)


def _next_head(head: Head, run: FinishedRun, done: RebuildResult) -> Head:
    changes = {
        "published": run.context.run,
        "formats": run.formats,
        "next_number": done.next_number,
        "parts": done.parts,
    }
    return head.model_copy(update=changes)


def _new_record(outcome: DocumentOutcome, position: int) -> NewRecord:
    return NewRecord(outcome.record.status, outcome.text_digest, position, outcome.record.try_again)
