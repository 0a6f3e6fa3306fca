"""Divide a run's pages into slices (task runs) and shards (flow runs): single pages in small runs, more in bulk runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from olmocr_core.domain.identity import bytes_digest, slice_key
from olmocr_core.domain.models import Document, DocumentInfo, Frozen, PageRef
from olmocr_core.domain.recipe import Recipe

SMALL_RUN_PAGES = 200
MOST_SLICES = 450
SMALLEST_BULK_SLICE = 48
# Each slice is two task runs, 20 ms of Prefect each. With 8 slices a shard renders the next pages while it reads others.
SLICES_PER_SHARD = 8
# A flow run costs Prefect about two seconds of CPU: small shards pay that more often, large ones leave workers idle at
# the end of the night.
SMALLEST_SHARD, LARGEST_SHARD = 1000, 6000
SHARDS_PER_WORKER = 2


class Slice(Frozen):
    """The pages of one task run. ``cached``: all have a record already. ``key`` is a hash of the page keys."""

    index: int
    key: str
    label: str
    cached: bool
    pages: tuple[PageRef, ...]


class SliceRef(Frozen):
    """A slice as flows and tasks pass it on, with the number of its pages only."""

    index: int
    key: str
    label: str
    cached: bool
    pages: int


class Shard(Frozen):
    """The consecutive slices of one flow run, ``first`` to ``last`` (included). ``key`` is a hash of their keys."""

    label: str
    first: int
    last: int
    pages: int
    key: str


def cut_shards(slices: Sequence[SliceRef], pages_per_shard: int) -> tuple[Shard, ...]:
    """Group the slices that are not cached into shards of at least ``pages_per_shard`` pages; the last may be smaller."""
    groups: list[list[SliceRef]] = [[]]
    for piece in (piece for piece in slices if not piece.cached):
        if sum(one.pages for one in groups[-1]) >= pages_per_shard or (
            groups[-1] and piece.index != groups[-1][-1].index + 1
        ):
            groups.append([])
        groups[-1].append(piece)
    found = [group for group in groups if group]
    return tuple(
        Shard(
            label=f"shard {number} of {len(found)}",
            first=group[0].index,
            last=group[-1].index,
            pages=sum(piece.pages for piece in group),
            key=bytes_digest(" ".join(piece.key for piece in group).encode())[:32],
        )
        for number, group in enumerate(found, 1)
    )


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """A document with its page count and the numbers of its finished pages."""

    document: Document
    info: DocumentInfo
    finished: frozenset[int]

    @property
    def missing(self) -> int:
        """The number of pages that must be read."""
        return self.info.pages - len(self.finished)


def merge_shards(shards: Sequence[Shard]) -> Shard:
    """Merge consecutive shards for one flow run."""
    first, last = shards[0], shards[-1]
    if first is last:
        return first
    return Shard(
        label=f"{first.label} and the next {len(shards) - 1}",
        first=first.first,
        last=last.last,
        pages=sum(shard.pages for shard in shards),
        key=bytes_digest(" ".join(shard.key for shard in shards).encode())[:32],
    )


def choose_shard_size(setting: int | None, pages: int, in_flight: int) -> int:
    """Choose the pages in a shard: the setting, else two shards for each of ``in_flight`` workers, 1,000 to 6,000 pages."""
    if setting is not None:
        return setting
    return min(LARGEST_SHARD, max(SMALLEST_SHARD, math.ceil(pages / (in_flight * SHARDS_PER_WORKER))))


def choose_slice_size(setting: int | Literal["auto"], pages: int, pages_per_shard: int | None = None) -> int:
    """Choose the pages in a slice: the setting, else 1 in a small run, else enough to stay below 1,000 task runs.

    In a run with shards, each shard is a flow run of its own: there a slice is an eighth of a shard.
    """
    if setting != "auto":
        return setting
    if pages <= SMALL_RUN_PAGES:
        return 1
    size = min(pages, pages_per_shard) / SLICES_PER_SHARD if pages_per_shard else pages / MOST_SLICES
    return max(SMALLEST_BULK_SLICE, math.ceil(size))


def plan_slices(
    documents: Iterable[PlannedDocument], size: int, recipe: Recipe, *, show_cached: bool
) -> Iterator[Slice]:
    """Divide pages into slices of at most ``size`` pages, in order, with finished pages in slices of their own.

    Finished pages are omitted unless ``show_cached``: in small runs their slices appear as Cached.
    """
    waiting: dict[bool, list[tuple[PlannedDocument, int]]] = {False: [], True: []}
    index = 0
    for planned in documents:
        for page_number in range(1, planned.info.pages + 1):
            cached = page_number in planned.finished
            if cached and not show_cached:
                continue
            waiting[cached].append((planned, page_number))
            if len(waiting[cached]) == size:
                yield _slice(index, waiting[cached], cached, recipe)
                waiting[cached] = []
                index += 1
    for cached, rest in waiting.items():
        if rest:
            yield _slice(index, rest, cached, recipe)
            index += 1


def make_slice_ref(piece: Slice) -> SliceRef:
    """Make the reference to a slice."""
    return SliceRef(index=piece.index, key=piece.key, label=piece.label, cached=piece.cached, pages=len(piece.pages))


def _slice(index: int, pages: list[tuple[PlannedDocument, int]], cached: bool, recipe: Recipe) -> Slice:
    refs = tuple(make_page_ref(planned.document, number) for planned, number in pages)
    key = slice_key(recipe.page_key(ref.doc_id, ref.page_number) for ref in refs)
    return Slice(index=index, key=key, label=_label(pages), cached=cached, pages=refs)


def make_page_ref(document: Document, page_number: int) -> PageRef:
    """Make the reference to one page of a document."""
    return PageRef(
        doc_id=document.doc_id,
        kind=document.kind,
        location=document.location,
        size_bytes=document.size_bytes,
        mtime_ns=document.mtime_ns,
        page_number=page_number,
    )


def _label(pages: list[tuple[PlannedDocument, int]]) -> str:
    names = list(dict.fromkeys(planned.document.sources[0].name for planned, _ in pages))
    first, last = pages[0][1], pages[-1][1]
    if len(names) > 1:
        return f"{len(pages)} pages of {len(names)} documents from {names[0]} to {names[-1]}"
    span = f"page {first}" if first == last else f"pages {first}-{last}"
    return f"{span} of {names[0]}"
