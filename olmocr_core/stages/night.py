"""What a night does besides reading: it compares the sources with the ledger first, and keeps the ledger true at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.models import Document, Frozen, Problem
from olmocr_core.ledger.diff import UNSETTLED, Again, Identified, Item, compare, wants
from olmocr_core.ledger.file import Ledger, local_copy, open_ledger
from olmocr_core.ledger.listing import Listing, list_to, read_listing
from olmocr_core.ledger.night import LEDGER_FOLDER, NightCounts, NightFiles, NightPlan
from olmocr_core.ledger.scope import Scope
from olmocr_core.sources.collect import group
from olmocr_core.sources.found import Found
from olmocr_core.sources.identify import identify_listed
from olmocr_core.sources.listing import Listed
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.documents import DOCUMENTS_PER_BATCH
from olmocr_core.wiring import Runtime


class Tonight(Frozen):
    """What a night has to read: ``batches`` name its documents; ``counts`` tell of all files and objects."""

    documents: int
    problems: int
    batches: tuple[str, ...]
    counts: NightCounts

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to read and no new problem to tell of."""
        return not (self.documents or self.problems)

    @property
    def message(self) -> str:
        """What people are told of an idle night."""
        if not self.counts.listed:
            found = "the sources hold no document"
        else:
            found = f"{self.counts.listed} files or objects were listed, and there is nothing new to read in them"
        gone = f"; {self.counts.deleted} are gone since the last night" if self.counts.deleted else ""
        return f"Nothing to do: {found}{gone}"


async def compare_sources(ref: RunRef, runtime: Runtime, again: Again = "none") -> Tonight:
    """List the sources, compare them with the ledger, and identify what is new or changed; nothing else is opened.

    ``again`` also takes what has not changed: documents that did not end well, or all. Raises UsageError for a source
    that is not there, RunError for a ledger that cannot be read.
    """
    runtime.progress.start_stage("discovering")
    return await asyncio.to_thread(_compare, ref, runtime, again)


def _compare(ref: RunRef, runtime: Runtime, again: Again) -> Tonight:
    workspace, folder = ref.open()
    header = folder.header()
    files = NightFiles(folder.root)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    listing = list_to(files.listed, header.sources, runtime.fetcher, header.settings.limits, workspace.root)
    recipe = _outcome_recipe(runtime)
    with open_ledger(workspace.root / LEDGER_FOLDER) as ledger, local_copy(files.listed) as listed:
        assert listed is not None
        reading = _Reading(runtime)
        scope, kinds = Scope(listing.specs, listing.blind), Counter[str]()

        def wanted() -> Iterator[Listed]:
            for one in compare(ledger.rows(), read_listing(listed), scope.covers, wants(again, recipe)):
                kinds[one.kind] += 1
                if one.listed and one.kind in ("new", "changed", "again"):
                    yield one.listed

        files.write_identified(reading.identify(wanted()))
        settled = _settled(ledger, {document.doc_id for document in reading.documents}, again, recipe)
    documents = [one for one in group(reading.documents) if one.doc_id not in settled]
    batches = folder.write_found(documents, reading.problems, DOCUMENTS_PER_BATCH)
    counts = NightCounts(listed=sum(kinds.values()) - kinds["deleted"] - kinds["absent"], **kinds)
    files.write_plan(_plan(listing, now, again, recipe, counts))
    runtime.progress.documents = len(documents)
    return Tonight(documents=len(documents), problems=len(reading.problems), batches=tuple(batches), counts=counts)


def _plan(listing: Listing, now: str, again: Again, recipe: str, counts: NightCounts) -> NightPlan:
    return NightPlan(
        listed=now,
        specs=tuple(listing.specs),
        blind=tuple(listing.blind),
        notes=tuple(listing.notes[:20]),
        again=again,
        recipe=recipe,
        counts=counts,
    )


def _outcome_recipe(runtime: Runtime) -> str:
    """What the outcome of a document depends on besides its bytes. Passwords are left out: no digest of a secret is kept."""
    rules, limits = runtime.settings.quality, runtime.settings.limits
    return value_digest([runtime.recipe.digest, rules.model_dump(mode="json"), limits.model_dump(mode="json")])[:32]


def _settled(ledger: Ledger, found: set[str], again: Again, recipe: str) -> set[str]:
    """Those of the documents that the dataset holds already as they would come out again."""
    if again == "all" or not found:
        return set()
    return {
        row.doc_id
        for row in ledger.rows()
        if row.part is not None
        and row.doc_id in found
        and not (row.outcome in UNSETTLED and (again == "failed" or row.recipe != recipe))
    }


class _Reading:
    """Identifies listed entries and remembers what they were."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.documents: list[Document] = []
        self.problems: list[Problem] = []

    def identify(self, entries: Iterator[Listed]) -> Iterator[Identified]:
        """What each entry holds, in the order of the entries."""
        runtime = self._runtime
        limits = runtime.settings.limits
        for entry, found in identify_listed(entries, runtime.workspace.inputs, limits, runtime.fetcher):
            items = tuple(self._items(found)) or (Item(source=entry.uri, name=entry.name, outcome="skipped"),)
            yield Identified(uri=entry.uri, size=entry.size, version=entry.version, items=items)

    def _items(self, found: tuple[Found, ...]) -> Iterator[Item]:
        seen: set[str] = set()
        for one in found:
            if not isinstance(one, Document | Problem):
                continue
            source = one.sources[0] if isinstance(one, Document) else one.source
            if source.uri in seen:
                # An archive can hold two members of one name.
                continue
            seen.add(source.uri)
            if isinstance(one, Document):
                self.documents.append(one)
                yield Item(source=source.uri, name=source.name, doc_id=one.doc_id)
            else:
                self.problems.append(one)
                yield Item(source=source.uri, name=source.name, outcome="failed")
