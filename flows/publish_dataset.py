"""The flow ``publish-dataset``: what a run has read becomes the dataset, again if wished."""

from __future__ import annotations

from functools import partial

from prefect import flow

from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.documents import batches_of
from olmocr_core.stages.output import RunSummary
from tasks.artifacts import show_summary
from tasks.documents import assemble, judge
from tasks.gather import gather_bounded
from tasks.output import publish, report
from tasks.runtime import open_flow_runtime


@flow(name="publish-dataset", flow_run_name="publish run {run}")
async def publish_dataset(workspace: str, run: str) -> RunSummary:
    """Assemble, judge and publish the documents of a run from the page cache. Twice changes nothing.

    Args:
        workspace: The workspace of the run.
        run: The run's id.
    """
    ref = RunRef(workspace=workspace, run=run)
    async with open_flow_runtime(ref, reads=False):
        await gather_bounded(partial(assemble, ref), batches_of(ref), limit=2)
        await judge(ref)
        await publish(ref)
        summary: RunSummary = await report(ref)
    await show_summary(ref, summary)
    return summary
