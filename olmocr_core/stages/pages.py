"""Draw and read the pages of a slice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.identity import slice_key
from olmocr_core.domain.models import Frozen, PageRef
from olmocr_core.reading.read_slice import SliceReport, read_slice
from olmocr_core.reading.slices import SliceRef, make_slice_ref
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.wiring import Runtime


class Rendered(Frozen):
    """The number of pages in a slice, and of those that cannot be drawn."""

    pages: int
    not_drawn: int


async def render_pages(ref: RunRef, runtime: Runtime, index: int) -> Rendered:
    """Draw the pages of a slice before they are read. A page that cannot be drawn fails when it is read, not here."""
    pages = _pages(ref, index)
    drawn = await asyncio.gather(*(runtime.images.warm(page) for page in pages))
    return Rendered(pages=len(pages), not_drawn=drawn.count(False))


async def read_pages(ref: RunRef, runtime: Runtime, index: int) -> SliceReport:
    """Read the pages of a slice that have no record yet. Raises SliceError if the engine does not answer.

    Documents that are unavailable are noted in the run folder, so that ``assemble_batch`` knows why pages have no record.
    """
    report = await read_slice(_pages(ref, index), runtime.read_context)
    if report.unavailable:
        _, folder = ref.open()
        await asyncio.to_thread(folder.write_unavailable, index, report.unavailable)
    return report


def shard_slices(ref: RunRef, first: int = 0, last: int | None = None) -> tuple[SliceRef, ...]:
    """References to the planned slices ``first`` to ``last`` (included). Raises UsageError if there are none."""
    _, folder = ref.open()
    found = tuple(make_slice_ref(piece) for piece in folder.slices(first, last))
    if not found:
        raise UsageError(
            f"run {ref.run} in {ref.workspace} has no slices from {first} to {last or 'the end'}: plan it first"
        )
    return found


def begin_shard(ref: RunRef, runtime: Runtime, pieces: Sequence[SliceRef]) -> None:
    """Start the progress of a shard. Raises RunError if pages would be stored under other keys than planned."""
    runtime.progress.pages = sum(piece.pages for piece in pieces)
    runtime.progress.start_stage("reading")
    check_planned(ref, runtime, pieces[0])


def check_planned(ref: RunRef, runtime: Runtime, piece: SliceRef) -> None:
    """Raise RunError if this process would store the pages of a slice under other keys than planned."""
    recipe = runtime.recipe
    if slice_key(recipe.page_key(page.doc_id, page.page_number) for page in _pages(ref, piece.index)) == piece.key:
        return
    decoding = ", ".join(f"{name} {value}" for name, value in recipe.engine.decoding)
    raise RunError(
        f"run {ref.run} was planned for another engine or drawing than this machine has: here it is {recipe.engine.label} "
        f"(revision {recipe.engine.revision or 'unknown'}; {decoding}). Install the same release "
        "and set model, sglang.revision, inference and render alike where nights are planned and where shards are read, "
        "or plan the run again"
    )


def _pages(ref: RunRef, index: int) -> tuple[PageRef, ...]:
    _, folder = ref.open()
    return folder.slice(index).pages
