"""A night's publishing: new parts are added, parts that hold what is superseded are written anew, all others stay.

The order is: records and files of new parts, the manifest, the ledger. Whoever dies before the manifest has changed
nothing; whoever dies before the ledger leaves a manifest that the ledger does not know, and the next night makes all
parts anew from the records that are kept. No document and no page is read for any of that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from olmocr_core.documents.duplicates import MIN_CHARS
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.identity import text_digest
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish
from olmocr_core.ledger.changes import Effects, Fresh, work_out
from olmocr_core.ledger.diff import Merged, compare, merge
from olmocr_core.ledger.file import Ledger, local_copy, open_ledger, write_ledger
from olmocr_core.ledger.listing import read_listing
from olmocr_core.ledger.night import NightFiles, NightPlan
from olmocr_core.ledger.outcome import Outcome
from olmocr_core.ledger.rows import Head, Part
from olmocr_core.ledger.stored import record_key, sweep
from olmocr_core.publish.commit import staging
from olmocr_core.publish.context import PublishContext
from olmocr_core.publish.incremental import Rebuild, Rebuilt, rebuild, told
from olmocr_core.publish.manifest import Manifest, read_manifest
from olmocr_core.publish.parts import has_text
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder


@dataclass(frozen=True)
class Night:
    """A night that has read everything: its run, where the ledger lies, and records of what never became a document."""

    folder: RunFolder
    ledger: AnyPath
    context: PublishContext
    settings: Publish
    unread: tuple[DocumentRecord, ...] = ()

    @cached_property
    def files(self) -> NightFiles:
        """What the night knew before it read."""
        return NightFiles(self.folder.root)

    @cached_property
    def plan(self) -> NightPlan:
        """What the night was about."""
        return self.files.plan()

    @property
    def formats(self) -> dict[str, Any]:
        """The settings that the files of a part depend on."""
        return self.settings.model_dump(mode="json", exclude={"documents_per_file"})

    def records(self) -> Iterator[DocumentRecord]:
        """What the night read, before anything is known of other nights; each time anew."""
        yield from self.folder.records()
        yield from self.unread


def publish_night(night: Night) -> None:
    """Bring the dataset and the ledger to what the night found. Twice changes nothing.

    Raises RunError, with the dataset as it was, for a record that is not sound, and for a night that a later one has
    overtaken.
    """
    with contextlib.ExitStack() as stack:
        pending = stack.enter_context(staging(night.context.dataset))
        ledger = stack.enter_context(open_ledger(night.ledger))
        if ledger.head.run == night.context.run:
            sweep(night.ledger, (part.state for part in ledger.head.parts))
            return
        if ledger.head.listed > night.plan.listed:
            raise RunError(
                f"run {ledger.head.run} has listed the sources later than {night.context.run} and has published; "
                "run the night again: finished pages are in the cache"
            )
        listed = stack.enter_context(local_copy(night.files.listed))
        if listed is None:
            raise RunError(f"{night.files.listed} is missing: what the night has listed; run the night again")
        _Publishing(night, ledger, listed, pending).run()


@dataclass(frozen=True)
class _Publishing:
    night: Night
    ledger: Ledger
    listed: Path
    pending: Path

    def run(self) -> None:
        night = self.night
        fresh = {record_key(one): _fresh(one, place) for place, one in enumerate(night.records())}
        old = read_manifest(night.context.dataset)
        everything = not self._in_step(old)
        effects = work_out(self._merged, fresh, everything=everything)
        night.folder.write_judged(told(night.records(), effects))
        head = self.ledger.head.model_copy(update={"run": night.context.run, "listed": night.plan.listed})
        outcome = Outcome(night.context.run, night.plan.recipe, fresh, effects)
        dirty = self._dirty(effects, bool(fresh), everything)
        if fresh or dirty:
            done = self._rebuild(effects, frozenset(fresh), dirty, old, everything)
            head = _next(head, night, done)
            outcome = Outcome(night.context.run, night.plan.recipe, fresh, effects, done.placed, done.paths)
        rows = (outcome.settled(row) for group in self._merged() for row in group.after)
        write_ledger(night.ledger, head, rows)
        sweep(night.ledger, (part.state for part in head.parts))

    def _rebuild(
        self, effects: Effects, fresh: frozenset[str], dirty: tuple[Part, ...], old: Manifest | None, everything: bool
    ) -> Rebuilt:
        night, head = self.night, self.ledger.head
        work = Rebuild(
            ledger=night.ledger,
            context=night.context,
            settings=night.settings,
            effects=effects,
            records=night.records(),
            fresh=fresh,
            kept=tuple(part for part in head.parts if part not in dirty),
            dirty=dirty,
            before={file.path: file for file in old.files} if old and not everything else {},
        )
        return rebuild(work, head, old, self.pending)

    def _merged(self) -> Iterator[Merged]:
        covers = self.night.plan.scope.covers
        compared = compare(self.ledger.rows(), read_listing(self.listed), covers, lambda row: False)
        return merge(compared, self.night.files.identified(), self.night.plan.listed)

    def _in_step(self, manifest: Manifest | None) -> bool:
        """Whether the manifest is the one that the ledger belongs to, with the files that would be made now."""
        head = self.ledger.head
        if manifest is None or not head.parts:
            return manifest is None and not head.parts
        named = {file.path for file in manifest.files}
        whole = all(named.issuperset(part.files) for part in head.parts)
        return manifest.run == head.published and whole and head.formats == self.night.formats

    def _dirty(self, effects: Effects, has_fresh: bool, everything: bool) -> tuple[Part, ...]:
        parts = self.ledger.head.parts
        found = {part.number for part in parts if everything or part.number in effects.dirty}
        if found or has_fresh:
            # A part that is less than half full takes what comes: else every night would leave a small one for ever.
            small = self.night.settings.documents_per_file / 2
            found.update(part.number for part in parts if part.records < small)
        return tuple(part for part in parts if part.number in found)


def _next(head: Head, night: Night, done: Rebuilt) -> Head:
    changes = {
        "published": night.context.run,
        "formats": night.formats,
        "next_number": done.next_number,
        "parts": done.parts,
    }
    return head.model_copy(update=changes)


def _fresh(record: DocumentRecord, position: int) -> Fresh:
    # Texts that are not published take no part, nor do short ones: they are alike by chance.
    counts = has_text(record) and len(record.text) >= MIN_CHARS
    return Fresh(record.status, text_digest(record.text) if counts else None, position)
