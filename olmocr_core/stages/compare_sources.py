"""The first step of a run: list the sources, compare them with the ledger, identify what is new or changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from olmocr_core.domain.errors import UsageError, may_pass
from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.models import Document, Frozen, Problem, Source
from olmocr_core.ledger.diff import Again, Identified, IdentifiedItem, Renewal, SourceChange, diff_sources
from olmocr_core.ledger.file import Ledger, local_copy, open_ledger
from olmocr_core.ledger.listing import list_to, read_listing
from olmocr_core.ledger.listing_number import check_listing_number, take_listing_number
from olmocr_core.ledger.rows import NOT_FOLLOWED, Row
from olmocr_core.ledger.sources_state import LEDGER_FOLDER, SourceCounts, SourcesFiles, SourcesState
from olmocr_core.publish.manifest import read_manifest
from olmocr_core.sources.collect import group
from olmocr_core.sources.found import Found, NotFollowed, Skipped
from olmocr_core.sources.identify import identify_listed
from olmocr_core.sources.listing import Listed, check_documents, check_not_empty
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.documents import DOCUMENTS_PER_BATCH
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import Runtime


class ComparePolicy(Frozen):
    """How a run compares its sources.

    ``again`` reads unchanged documents, too: those that failed, were held back or are partial, or all. ``on_new_recipe``
    reads documents again that were read with another engine, other rules or limits. ``replace`` makes the dataset exactly
    what the sources hold. ``strict`` makes a source without documents an error. ``dry`` leaves no trace in the ledger's folder.
    """

    again: Again = "none"
    on_new_recipe: bool = False
    replace: bool = False
    strict: bool = False
    dry: bool = False


class SourcesFound(Frozen):
    """The work of a run: ``batches`` name its documents; ``counts`` cover all listed files and objects."""

    documents: int
    problems: int
    batches: tuple[str, ...]
    counts: SourceCounts

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to read and no new problem to report."""
        return not (self.documents or self.problems)

    @property
    def message(self) -> str:
        """The message about an idle run."""
        if not self.counts.listed:
            found = "the sources hold no document"
        else:
            found = f"{self.counts.listed} files or objects were listed, and there is nothing new to read in them"
        gone = f"; {self.counts.deleted} are gone since the last run" if self.counts.deleted else ""
        return f"Nothing to do: {found}{gone}"


async def compare_sources(ref: RunRef, runtime: Runtime, policy: ComparePolicy | None = None) -> SourcesFound:
    """List the sources, compare them with the ledger, and identify new and changed files; no other file is opened.

    Raises UsageError for a missing source, RunError for a ledger that cannot be read.
    """
    runtime.progress.start_stage("discovering")
    return await asyncio.to_thread(_compare, ref, runtime, policy or ComparePolicy())


def _compare(ref: RunRef, runtime: Runtime, policy: ComparePolicy) -> SourcesFound:
    workspace, folder = ref.open()
    header = folder.header()
    files = SourcesFiles(folder.root)
    ledger_folder = workspace.root / LEDGER_FOLDER
    number = 0 if policy.dry else take_listing_number(ledger_folder)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    listing = list_to(files.listed, header.sources, runtime.fetcher, header.settings.limits, workspace.root)
    if policy.strict:
        check_not_empty(listing)
    renewal = Renewal(policy.again, outcome_recipe(runtime), policy.on_new_recipe)
    reading = _SourceReader(runtime, [0] * len(header.sources), [0] * len(header.sources))
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(ledger_folder))
        listed = stack.enter_context(local_copy(files.listed))
        assert listed is not None
        check_has_ledger(workspace, ledger, policy)
        state = SourcesState(
            listed=now,
            listing=number and check_listing_number(ledger_folder, number, ledger.head.listing),
            specs=tuple(listing.specs),
            blind=tuple(listing.blind),
            again=policy.again,
            replace=policy.replace,
            recipe=renewal.recipe,
            counts=SourceCounts(),
        )
        changes = diff_sources(ledger.rows(), read_listing(listed), state.scope.covers, renewal.wants)
        files.write_identified(reading.identify(reading.wanted(changes)))
        settled = _find_up_to_date(ledger, {document.doc_id for document in reading.documents}, renewal)
    if policy.strict:
        check_documents(
            header.sources, reading.files, reading.held, (*listing.not_followed.values(), *reading.not_followed)
        )
    documents = [one for one in group(reading.documents) if one.doc_id not in settled]
    batches = folder.write_found(documents, reading.problems, DOCUMENTS_PER_BATCH)
    not_followed = [*listing.not_followed.values(), *reading.not_followed]
    counts = reading.counts().model_copy(update={"not_followed": len(not_followed)})
    files.write_not_followed(not_followed)
    files.write_state(state.model_copy(update={"counts": counts, "notes": tuple(listing.notes)}))
    runtime.progress.documents = len(documents)
    return SourcesFound(documents=len(documents), problems=len(reading.problems), batches=tuple(batches), counts=counts)


def count_dropped(ref: RunRef) -> int:
    """Count the sources that leave the dataset when a run replaces it: those in the ledger that it has not listed."""
    workspace, folder = ref.open()
    files = SourcesFiles(folder.root)
    state = files.state()
    scope = state.scope
    with open_ledger(workspace.root / LEDGER_FOLDER) as ledger, local_copy(files.listed) as listed:
        assert listed is not None
        changes = diff_sources(ledger.rows(), read_listing(listed), scope.covers, lambda row: False)
        return sum(len(one.rows) for one in changes if one.listed is None and state.drops(one.uri, scope))


def check_has_ledger(workspace: Workspace, ledger: Ledger, policy: ComparePolicy) -> None:
    """Raise UsageError for a dataset without a ledger: the run would drop all documents that it does not name.

    Only if ``strict``: a night names all sources of its dataset.
    """
    if not policy.strict or policy.replace or ledger.path is not None or read_manifest(workspace.dataset) is None:
        return
    raise UsageError(
        f"the dataset in {workspace.root} has no ledger of its sources: version 0.1 kept none, or the folder ledger/ is "
        "gone. Name all of its sources once more with --replace (finished pages are in the cache), or choose another "
        "workspace"
    )


def outcome_recipe(runtime: Runtime) -> str:
    """The digest of everything that decides an outcome besides the bytes. Without passwords: no digest of a secret is kept."""
    rules = runtime.settings.quality.model_dump(mode="json")
    # How far workers are isolated changes no outcome.
    limits = runtime.settings.limits.model_dump(mode="json", exclude={"isolation"})
    return value_digest([runtime.recipe.digest, rules, limits])[:32]


def _find_up_to_date(ledger: Ledger, found: set[str], renewal: Renewal) -> set[str]:
    """The documents that the dataset holds already, with a current recipe."""
    if renewal.again == "all" or not found:
        return set()
    return {
        row.doc_id
        for row in ledger.rows()
        if row.part is not None and row.doc_id in found and not renewal.is_stale(row)
    }


@dataclass
class _SourceReader:
    """Identifies listed entries and collects the results; ``files`` and ``held`` count files and documents by source.

    ``not_followed`` are members of archives, also of those that have not changed; links are in the listing.
    """

    runtime: Runtime
    files: list[int]
    held: list[int]
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    not_followed: list[NotFollowed] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)
    _outcomes: Counter[str] = field(default_factory=Counter)
    _roots: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def wanted(self, changes: Iterator[SourceChange]) -> Iterator[Listed]:
        """Count all entries, and return those that must be read."""
        for one in changes:
            self._kinds[one.kind] += 1
            for root in one.roots:
                self.files[root] += 1
            if one.listed is None:
                continue
            if one.kind in ("new", "changed", "again"):
                self._roots[one.uri] = one.roots
                yield one.listed
            else:
                self.not_followed += _list_known_members(one.rows)
                known = [row.outcome for row in one.rows if not row.is_left_out]
                self._outcomes.update(known)
                self._count_documents(one.roots, len(known))

    def identify(self, entries: Iterator[Listed]) -> Iterator[Identified]:
        """Identify entries, in their order."""
        runtime = self.runtime
        limits = runtime.settings.limits
        for entry, found in identify_listed(entries, runtime.workspace.inputs, limits, runtime.fetcher):
            items = tuple(self._items(entry.uri, found))
            held = sum(item.outcome != NOT_FOLLOWED for item in items)
            self._count_documents(self._roots.pop(entry.uri), held)
            items = items or (IdentifiedItem(source=entry.uri, name=entry.name, outcome="skipped"),)
            unavailable = any(isinstance(one, Problem) and may_pass(one.error.code) for one in found)
            yield Identified(
                uri=entry.uri, size=entry.size, version=entry.version, items=items, is_unavailable=unavailable
            )

    def counts(self) -> SourceCounts:
        """Files and objects by kind of change."""
        listed = sum(self._kinds.values()) - self._kinds["deleted"] - self._kinds["absent"]
        return SourceCounts(listed=listed, unchanged_outcomes=dict(self._outcomes), **self._kinds)

    def _count_documents(self, roots: tuple[int, ...], documents: int) -> None:
        for root in roots:
            self.held[root] += documents

    def _items(self, uri: str, found: tuple[Found, ...]) -> Iterator[IdentifiedItem]:
        for one in found:
            if isinstance(one, Skipped):
                continue
            source = one.sources[0] if isinstance(one, Document) else one.source
            item = IdentifiedItem(source=source.uri, name=source.name)
            if isinstance(one, Document):
                self.documents.append(one)
                yield item.model_copy(update={"doc_id": one.doc_id})
            elif isinstance(one, Problem):
                self.problems.append(one)
                yield item.model_copy(update={"outcome": "failed", "reason": one.error.message})
            else:
                # A link, which is its own file, is in the listing.
                self.not_followed += [one] if source.uri != uri else []
                yield item.model_copy(update={"outcome": NOT_FOLLOWED, "reason": one.reason})


def _list_known_members(rows: tuple[Row, ...]) -> list[NotFollowed]:
    """The members of an unchanged archive that were not followed when it was read."""
    return [
        NotFollowed(source=Source(uri=row.source, name=row.name), reason=row.reason or "")
        for row in rows
        if row.outcome == NOT_FOLLOWED and row.source != row.uri
    ]
