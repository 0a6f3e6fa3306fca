"""The flow ``transcribe-shard``: some slices of a planned run, read with an engine that is brought up once."""

from __future__ import annotations

from functools import partial

from prefect import flow

from olmocr_core.reading.read_slice import ShardReport
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.pages import begin_shard, shard_slices
from tasks.artifacts import show_shard
from tasks.gather import gather_bounded
from tasks.pages import merge_reports, read_slice, slices_at_once
from tasks.progress import live_progress
from tasks.runtime import open_flow_runtime


@flow(name="transcribe-shard", flow_run_name="transcribe slices {first}-{last} of run {run}")
async def transcribe_shard(
    workspace: str, run: str, first: int = 0, last: int | None = None, drawn: bool = False
) -> ShardReport:
    """Read the slices ``first`` to ``last`` of a run that is planned already.

    Every page goes to the cache as it finishes, so that a shard which is cancelled, ended by SIGTERM or lost with its
    machine is taken up where it stood, by the same call. While some slices are read, the images of the next are drawn.

    Args:
        workspace: The workspace that the run was planned in.
        run: The run's id.
        first: Index of the first slice.
        last: Index of the last slice, included; to the end of the plan when left out.
        drawn: Whether the page images were drawn ahead; if not, slices are drawn here while others are read.
    """
    ref = RunRef(workspace=workspace, run=run)
    pieces = shard_slices(ref, first, last)
    async with open_flow_runtime(ref) as runtime, live_progress(ref):
        begin_shard(ref, runtime, pieces)
        reports = await gather_bounded(
            partial(read_slice, ref, drawn=drawn), pieces, limit=slices_at_once(runtime, pieces)
        )
        report = merge_reports(reports, runtime)
    await show_shard(ref, report)
    return report
