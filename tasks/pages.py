"""Tasks that render and read slices of pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from prefect.context import TaskRunContext

from olmocr_core import stages
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.reading.read_slice import ShardReport, SliceReport, build_shard_report
from olmocr_core.reading.slices import SliceRef
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.pages import Rendered
from olmocr_core.wiring import Runtime
from tasks.decorator import task
from tasks.runtime import current_runtime


def slice_cache_key(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """The key of a slice's report: the keys of its pages, in this workspace.

    Only the page cache decides which pages are done: this cache is refreshed for a slice with a page that has no record.
    """
    ref, piece = parameters["ref"], parameters["piece"]
    # A digest of the workspace, because the key becomes a file name and a path may be too long for one.
    return f"olmocr-slice-{piece.key}-{bytes_digest(ref.workspace.encode())[:16]}"


@task("render", "render {piece.label}", tags=("cpu",))
async def render(ref: RunRef, piece: SliceRef) -> Rendered:
    """Render the page images of a slice before it is read."""
    return await stages.pages.render_pages(ref, current_runtime(), piece.index)


@task("transcribe", "{piece.label}", cache_key=slice_cache_key)
async def transcribe(ref: RunRef, piece: SliceRef) -> SliceReport:
    """Read the pages of a slice with the run's engine."""
    return await stages.pages.read_pages(ref, current_runtime(), piece.index)


async def read_slice(ref: RunRef, piece: SliceRef, *, drawn: bool = False) -> SliceReport:
    """Render and read one slice. A slice whose pages are all done shows as Cached.

    ``drawn`` says that its images were rendered ahead; one that is missing is rendered when its page is read.
    """
    if not (piece.cached or drawn):
        await render(ref, piece)
    return await transcribe.with_options(tags=[current_runtime().engine.device], refresh_cache=not piece.cached)(
        ref, piece
    )


def merge_rendered(reports: Sequence[Rendered]) -> Rendered:
    """The sum of the reports of a shard's slices."""
    return Rendered(pages=sum(one.pages for one in reports), not_drawn=sum(one.not_drawn for one in reports))


def slices_at_once(runtime: Runtime, pieces: Sequence[SliceRef]) -> int:
    """How many slices to work on at a time: one is rendered while others are read, so the engine never waits."""
    largest = max((piece.pages for piece in pieces), default=1)
    return 2 + math.ceil(runtime.engine.concurrency / largest)


def merge_reports(reports: Sequence[SliceReport], runtime: Runtime) -> ShardReport:
    """The report of a shard: the sum of its slices, and what the runtime's servers did for it."""
    return build_shard_report(reports, runtime.progress.snapshot().seconds, runtime.serving)
