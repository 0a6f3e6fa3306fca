"""The flow ``render-shard``: page images of some slices of a planned run, drawn ahead of the GPUs."""

from __future__ import annotations

from functools import partial

from prefect import flow

from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.pages import Rendered, shard_slices
from tasks.gather import gather_bounded
from tasks.pages import merge_rendered, render
from tasks.runtime import open_flow_runtime

SLICES_AT_ONCE = 2


@flow(name="render-shard", flow_run_name="render slices {first}-{last} of run {run}")
async def render_shard(workspace: str, run: str, first: int = 0, last: int | None = None) -> Rendered:
    """Draw the page images of the slices ``first`` to ``last`` of a run that is planned already.

    Only a head start: a page without an image is drawn when it is read. Images that are there are not drawn again.

    Args:
        workspace: The workspace that the run was planned in.
        run: The run's id.
        first: Index of the first slice.
        last: Index of the last slice, included; to the end of the plan when left out.
    """
    ref = RunRef(workspace=workspace, run=run)
    pieces = shard_slices(ref, first, last)
    async with open_flow_runtime(ref, reads=False):
        return merge_rendered(await gather_bounded(partial(render, ref), pieces, limit=SLICES_AT_ONCE))
