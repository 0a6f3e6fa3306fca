"""Dry runs: compare the sources and open new documents, in a run folder that is removed at the end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.sources_state import SourceCounts, SourcesFiles
from olmocr_core.sources.found import NotFollowed
from olmocr_core.stages.begin_run import RunRef, begin_run, new_run_id, read_passwords
from olmocr_core.stages.compare_sources import ComparePolicy, compare_sources, count_dropped
from olmocr_core.stages.documents import inspect_batch
from olmocr_core.storage.paths import AnyPath
from olmocr_core.wiring import Runtime, open_runtime


class DocumentToRead(Frozen):
    """A document that would be read: the number of its pages, and of those in the page cache."""

    name: str
    pages: int = 0
    cached: int = 0
    error: str = ""


class DryRun(Frozen):
    """What a run would do. ``dropped`` counts the files that would leave the dataset."""

    counts: SourceCounts
    documents: tuple[DocumentToRead, ...]
    dropped: int = 0
    not_followed: tuple[NotFollowed, ...] = ()

    @property
    def pages(self) -> int:
        """All pages of the documents."""
        return sum(document.pages for document in self.documents)

    @property
    def cached(self) -> int:
        """Pages that would come from the cache."""
        return sum(document.cached for document in self.documents)


async def plan_dry_run(
    sources: Sequence[str], workspace: str, overrides: Sequence[Mapping[str, Any]], policy: ComparePolicy
) -> DryRun:
    """Look at the sources as a run would. The dataset, the ledger and the page cache stay as they are.

    Raises UsageError for what cannot work, as the run itself would.
    """
    ref = begin_run(sources, workspace, overrides, f"dry-{new_run_id()}")
    place, folder = ref.open()
    settings = folder.header().settings
    try:
        async with open_runtime(settings, place, read_passwords(settings.password_file), reads=False) as runtime:
            return await _plan(ref, runtime, policy)
    finally:
        await asyncio.to_thread(_remove_run_folder, folder.root)


async def _plan(ref: RunRef, runtime: Runtime, policy: ComparePolicy) -> DryRun:
    found = await compare_sources(ref, runtime, policy.model_copy(update={"dry": True}))
    for batch in found.batches:
        await inspect_batch(ref, runtime, batch)
    _, folder = ref.open()
    documents = [DocumentToRead(name=problem.source.name, error=problem.error.message) for problem in folder.problems()]
    for entry in folder.inspected():
        cached = await runtime.cache.finished(entry.document.doc_id)
        documents.append(
            DocumentToRead(
                name=entry.document.sources[0].name,
                pages=len(entry.page_numbers),
                cached=len(cached & set(entry.page_numbers)),
                error=entry.info.error.message if entry.info.error else "",
            )
        )
    dropped = await asyncio.to_thread(count_dropped, ref) if policy.replace else 0
    not_followed = tuple(SourcesFiles(folder.root).not_followed())
    return DryRun(counts=found.counts, documents=tuple(documents), dropped=dropped, not_followed=not_followed)


def _remove_run_folder(folder: AnyPath) -> None:
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in list(folder.rglob("*")):
        path.unlink()
