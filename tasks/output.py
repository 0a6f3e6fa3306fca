"""Tasks that write what people get: the dataset and the report."""

from __future__ import annotations

from olmocr_core import stages
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.output import RunSummary
from tasks.decorator import task
from tasks.runtime import current_runtime


@task("publish", "publish the dataset")
async def publish(ref: RunRef) -> str:
    """Write the dataset, its manifest last."""
    return await stages.output.publish(ref, current_runtime())


@task("report", "write the report")
async def report(ref: RunRef) -> RunSummary:
    """Write the report page and its JSON."""
    runtime = current_runtime()
    return await stages.output.report(ref, runtime, runtime.progress.from_cache)


@task("summarise", "summarise a run without news")
async def summarise(ref: RunRef) -> RunSummary:
    """What a run ends with that has found nothing to read."""
    return await stages.output.summarise_idle(ref, current_runtime())
