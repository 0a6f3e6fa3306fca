"""The flow ``convert``: documents in, dataset out. Read it as the table of contents of a run."""

from __future__ import annotations

from functools import partial
from typing import Literal

from prefect import flow
from prefect.runtime import flow_run

from olmocr_core.domain.server_address import Options
from olmocr_core.engines import EngineName
from olmocr_core.ledger.diff import Again
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages.compare_sources import ComparePolicy
from olmocr_core.stages.output import RunSummary
from tasks.artifacts import show_summary
from tasks.documents import assemble, compare, inspect, judge, plan
from tasks.gather import gather_bounded
from tasks.output import publish, report, summarise
from tasks.pages import read_slice, slices_at_once
from tasks.progress import live_progress
from tasks.runtime import open_flow_runtime


def _run_name() -> str:
    parameters = flow_run.get_parameters()
    sources = parameters.get("sources") or ["?"]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"convert {sources[0].rsplit('/', 1)[-1]}{more} [{parameters.get('run') or 'unnamed'}]"


@flow(name="convert", flow_run_name=_run_name)
async def convert(  # noqa: PLR0913 - each is a field of the form in the UI
    sources: list[str],
    workspace: str = "./workspace",
    engine: EngineName | None = None,
    pages_per_task: int | Literal["auto"] | None = None,
    options: Options | None = None,
    again: Again = "none",
    replace: bool = False,
    run: str | None = None,
) -> RunSummary:
    """Read what is new or changed in the sources, and bring the dataset to it. What others have added to it stays.

    Args:
        sources: Files, folders, globs, text files that list paths, archives, images.
        workspace: The folder that holds the page cache, the dataset and the reports.
        engine: What reads the pages; ``auto`` takes the server if one is set, else the embedded ``cpu`` engine.
        pages_per_task: Pages that one task run works on; ``auto`` shows single pages in small runs only.
        options: Any other setting, nested as in the settings reference, for example ``{"render": {"encoding": "png"}}``.
        again: ``failed`` also takes unchanged documents that did not end well, ``all`` takes every one.
        replace: Make the dataset exactly what the sources hold: documents of other sources leave it.
        run: The run's id; made from the time when left out.
    """
    chosen = {
        "engine": engine,
        "retry_failed": again == "failed" or None,
        "orchestration": {"pages_per_task": pages_per_task},
    }
    policy = ComparePolicy(again=again, on_new_recipe=True, replace=replace, strict=True)
    ref = begin_run(sources, workspace, [options or {}, chosen], run)
    async with open_flow_runtime(ref) as runtime, live_progress(ref):
        found = await compare(ref, policy)
        if found.is_idle:
            await publish(ref)
            return await summarise(ref)
        await gather_bounded(partial(inspect, ref), found.batches, limit=2)
        work = await plan(ref)
        await gather_bounded(partial(read_slice, ref), work.slices, limit=slices_at_once(runtime, work.slices))
        await gather_bounded(partial(assemble, ref), found.batches, limit=2)
        await judge(ref)
        await publish(ref)
        summary: RunSummary = await report(ref)
    await show_summary(ref, summary)
    return summary
