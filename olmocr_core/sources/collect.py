"""Discovery: sources in, documents out, identified by their bytes in a few threads (hashing lets go of the lock)."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from olmocr_core.domain.errors import NothingFound, UsageError
from olmocr_core.domain.models import Document, Problem
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.sources.expand import Expander, Item
from olmocr_core.sources.found import Candidate, Collected, Found, Skipped, Trail
from olmocr_core.sources.names import display, is_plain
from olmocr_core.sources.remote import RemoteCandidate
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath

_THREADS = 8
_AHEAD = 256


async def collect(
    specs: Sequence[str], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher | None = None
) -> Collected:
    """Everything that ``specs`` stand for: documents by content, problems, and how many files are neither.

    ``inputs_folder`` takes copies of archive members; ``fetcher`` reaches ``s3://`` sources (by default, as a plain AWS
    configuration says). Raises UsageError for a spec that is wrong or holds no document.
    """
    return await asyncio.to_thread(_collect, specs, inputs_folder, limits, fetcher)


def discover(
    specs: Sequence[str], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher | None = None
) -> Iterator[Found]:
    """The same as a stream, in the order of the specs and not grouped; UsageError may come at the end."""
    if not is_plain(str(inputs_folder)):
        raise UsageError(f"the path {display(str(inputs_folder))!r} holds characters that cannot be stored as text")
    expander = Expander(inputs_folder, limits, fetcher or Fetcher(Storage(), inputs_folder))
    expander.check(specs)
    seen, held = [0] * len(specs), [0] * len(specs)
    with ThreadPoolExecutor(min(_THREADS, (os.cpu_count() or 1) * 2), "identify") as pool:
        for index, found in _in_order(pool, expander, specs):
            seen[index] += found.count if isinstance(found, Skipped) else 1
            held[index] += not isinstance(found, Skipped)
            yield found
    for spec, files, documents in zip(specs, seen, held, strict=True):
        if not documents:
            raise NothingFound(f"source {display(spec)!r}: no PDF or image among its {files} files")


def group(documents: Iterable[Document]) -> tuple[Document, ...]:
    """One document for the same bytes, with all its sources, in the order they were first seen."""
    grouped: dict[str, Document] = {}
    more: dict[str, dict[str, None]] = {}
    for document in documents:
        first = grouped.setdefault(document.doc_id, document)
        known = more.setdefault(document.doc_id, {source.uri: None for source in first.sources})
        new = tuple(source for source in document.sources if source.uri not in known)
        if new:
            known.update((source.uri, None) for source in new)
            grouped[document.doc_id] = first.model_copy(update={"sources": (*first.sources, *new)})
    return tuple(grouped.values())


def _collect(specs: Sequence[str], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher | None) -> Collected:
    documents: list[Document] = []
    problems: dict[tuple[str, str], Problem] = {}
    notes: list[str] = []
    skipped = 0
    for found in discover(specs, inputs_folder, limits, fetcher):
        if isinstance(found, Document):
            documents.append(found)
        elif isinstance(found, Problem):
            problems.setdefault((found.source.uri, found.error.code), found)
        else:
            skipped += found.count
            notes.extend(filter(None, [found.note]))
    return Collected(documents=group(documents), problems=tuple(problems.values()), skipped=skipped, notes=tuple(notes))


def _in_order(pool: ThreadPoolExecutor, expander: Expander, specs: Sequence[str]) -> Iterator[tuple[int, Found]]:
    pending: deque[tuple[int, Future[Document | Problem | Skipped] | Found]] = deque()
    for index, item in _items(expander, specs):
        if isinstance(item, Candidate | RemoteCandidate):
            pending.append((index, pool.submit(expander.identify, item)))
        else:
            pending.append((index, item))
        if len(pending) > _AHEAD:
            yield _settled(*pending.popleft())
    while pending:
        yield _settled(*pending.popleft())


def _items(expander: Expander, specs: Sequence[str]) -> Iterator[tuple[int, Item]]:
    here = Trail(Path.cwd())
    for index, spec in enumerate(specs):
        for item in expander.expand(spec, here):
            yield index, item


def _settled(index: int, item: Future[Document | Problem | Skipped] | Found) -> tuple[int, Found]:
    return index, item.result() if isinstance(item, Future) else item
