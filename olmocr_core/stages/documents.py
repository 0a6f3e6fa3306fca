"""Inspect documents and plan their pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from pydantic import Field

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Document, DocumentInfo, Frozen
from olmocr_core.reading.read_slice import needs_reading
from olmocr_core.reading.slices import (
    SMALL_RUN_PAGES,
    PlannedDocument,
    Shard,
    SliceRef,
    choose_shard_size,
    choose_slice_size,
    cut_shards,
    make_slice_ref,
    plan_slices,
)
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.storage.runs import RunDocument, RunFolder
from olmocr_core.wiring import Runtime

# Small enough that a batch is a short task run, large enough that thousands of documents make tens of them.
DOCUMENTS_PER_BATCH = 100


class Inspected(Frozen):
    """The result of inspecting a batch."""

    documents: int
    pages: int
    unreadable: int


class Sharding(Frozen):
    """How a run is cut into shards: ``pages`` each, None to let the work decide; ``in_flight`` are read at once."""

    pages: int | None = Field(None, ge=1)
    in_flight: int = Field(1, ge=1)


class Plan(Frozen):
    """The work of a run: number of pages, pages from the cache, and the slices.

    ``pages_per_shard`` is the size of shards; None for a run without shards.
    """

    pages: int
    from_cache: int
    slices: tuple[SliceRef, ...]
    pages_per_shard: int | None = None

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The slices with work to do, cut into shards; a run without shards is one."""
        return cut_shards(self.slices, self.pages_per_shard or max(1, self.pages))


async def inspect_batch(ref: RunRef, runtime: Runtime, batch: str) -> Inspected:
    """Open each document of a batch and count its pages."""
    runtime.progress.start_stage("inspecting")
    _, folder = ref.open()
    documents = list(folder.found(batch))
    infos = await asyncio.gather(*(inspect_document(document, runtime) for document in documents))
    folder.write_inspected(
        batch, (RunDocument(document=document, info=info) for document, info in zip(documents, infos, strict=True))
    )
    return Inspected(
        documents=len(documents), pages=sum(info.pages for info in infos), unreadable=sum(bool(i.error) for i in infos)
    )


async def inspect_document(document: Document, runtime: Runtime) -> DocumentInfo:
    """Open a document and count its pages, once in a workspace; ``error`` says why it cannot be opened."""
    known = await asyncio.to_thread(runtime.infos.get, document.doc_id)
    if known:
        return known
    info = await runtime.reader.inspect(document)
    await asyncio.to_thread(runtime.infos.put, document.doc_id, info)
    return info


def batches_of(ref: RunRef) -> tuple[str, ...]:
    """The batches of a run's inspected documents. Raises UsageError if nothing was inspected."""
    _, folder = ref.open()
    names = folder.batches()
    if not names:
        raise UsageError(f"run {ref.run} in {ref.workspace} has no documents: nothing was planned under this id")
    return names


async def make_plan(ref: RunRef, runtime: Runtime, sharding: Sharding | None = None) -> Plan:
    """Look up finished pages in the cache and cut the rest into slices, and with ``sharding`` into shards."""
    runtime.progress.start_stage("planning")
    _, folder = ref.open()
    folder.write_recipe(runtime.recipe)
    pages = sum(len(entry.page_numbers) for entry in folder.inspected())
    planned = [document async for document in _planned(folder, runtime)]
    missing = sum(document.missing for document in planned)
    per_shard = choose_shard_size(sharding.pages, missing, sharding.in_flight) if sharding else None
    size = choose_slice_size(runtime.settings.orchestration.pages_per_task, pages, per_shard)
    slices = []
    for piece in plan_slices(planned, size, runtime.recipe, show_cached=pages <= SMALL_RUN_PAGES):
        folder.write_slice(piece)
        slices.append(make_slice_ref(piece))
    folder.sync()
    from_cache = sum(len(document.finished) for document in planned)
    runtime.progress.pages = pages
    runtime.progress.from_cache = from_cache
    runtime.progress.start_stage("reading")
    return Plan(pages=pages, from_cache=from_cache, slices=tuple(slices), pages_per_shard=per_shard)


async def _planned(folder: RunFolder, runtime: Runtime) -> AsyncIterator[PlannedDocument]:
    for entry in folder.inspected():
        if entry.info.error is None:
            finished = await _finished(entry.document, runtime)
            yield PlannedDocument(entry.document, entry.info, finished & set(range(1, entry.info.pages + 1)))


async def _finished(document: Document, runtime: Runtime) -> frozenset[int]:
    finished = await runtime.cache.finished(document.doc_id)
    if not runtime.settings.retry_failed:
        return finished
    records = {number: await runtime.cache.get(document.doc_id, number) for number in finished}
    return frozenset(number for number, record in records.items() if not needs_reading(record, retry_failed=True))
