"""Tasks over slices: rendering ahead, and reading through the page cache."""

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
from tasks.runtime import current


def slice_cache_key(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """The key of a slice's report: the keys of its pages, in this workspace.

    The page cache stays the only truth: the flow refreshes this cache for a slice with a page that has no record.
    """
    ref, piece = parameters["ref"], parameters["piece"]
    # A digest of the workspace: the key becomes a file name, which a long path would make too long.
    return f"olmocr-slice-{piece.key}-{bytes_digest(ref.workspace.encode())[:16]}"


@task("render", "render {piece.label}", tags=("cpu",))
async def render(ref: RunRef, piece: SliceRef) -> Rendered:
    """Draw the page images of a slice ahead of reading."""
    return await stages.pages.render_pages(ref, current(), piece.index)


@task("transcribe", "{piece.label}", cache_key=slice_cache_key)
async def transcribe(ref: RunRef, piece: SliceRef) -> SliceReport:
    """Read the pages of a slice with the run's engine."""
    return await stages.pages.read_pages(ref, current(), piece.index)


async def read_slice(ref: RunRef, piece: SliceRef, *, drawn: bool = False) -> SliceReport:
    """Take one slice through rendering and reading; a slice whose pages are all done shows as Cached.

    ``drawn`` tells that its images were drawn ahead: one that is missing all the same is drawn when it is read.
    """
    if not (piece.cached or drawn):
        await render(ref, piece)
    return await transcribe.with_options(tags=[current().engine.device], refresh_cache=not piece.cached)(ref, piece)


def merge_rendered(reports: Sequence[Rendered]) -> Rendered:
    """What the slices of a shard add up to."""
    return Rendered(pages=sum(one.pages for one in reports), not_drawn=sum(one.not_drawn for one in reports))


def slices_at_once(runtime: Runtime, pieces: Sequence[SliceRef]) -> int:
    """Slices in hand at a time: one is rendered while others are read, and the engine never waits for the next."""
    largest = max((piece.pages for piece in pieces), default=1)
    return 2 + math.ceil(runtime.engine.concurrency / largest)


def merge_reports(reports: Sequence[SliceReport], runtime: Runtime) -> ShardReport:
    """What the slices of a shard add up to, with what the runtime's servers did for it."""
    return build_shard_report(reports, runtime.progress.snapshot().seconds, runtime.serving)
