"""The flow ``nightly-ingestion``: every night, what the sources hold becomes the dataset; shards run where they belong."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.transcribe_shard import transcribe_shard
from olmocr_core.domain.server_address import Options
from olmocr_core.engines import EngineName
from olmocr_core.ledger.diff import Again
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages.compare_sources import ComparePolicy
from olmocr_core.stages.documents import Sharding
from olmocr_core.stages.output import RunSummary
from tasks.artifacts import show_shards, show_summary
from tasks.dispatch import Dispatch, describe_failures, run_shards
from tasks.documents import assemble, compare, inspect, judge, plan
from tasks.gather import gather_bounded
from tasks.output import publish, report
from tasks.runtime import open_flow_runtime


def _run_name() -> str:
    parameters = flow_run.get_parameters()
    sources = parameters.get("sources") or ["?"]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"night {flow_run.get_scheduled_start_time():%Y-%m-%d} of {sources[0]}{more}"


def _run_id() -> str:
    """The id of the run: a re-run has a folder of its own, and finds what is finished in the page cache."""
    attempt = flow_run.get_run_count()
    night = f"night-{flow_run.get_scheduled_start_time():%Y%m%d}-{str(flow_run.get_id())[:8]}"
    return night if attempt < 2 else f"{night}-{attempt}"


@flow(name="nightly-ingestion", flow_run_name=_run_name)
async def nightly_ingestion(  # noqa: PLR0913 - each is a field of the form in the UI
    sources: list[str],
    workspace: str,
    engine: EngineName | None = None,
    dispatch: Literal["inline", "deployments"] = "deployments",
    pages_per_shard: int | None = None,
    shards_in_flight: int = 2,
    render_ahead: int = 2,
    again: Again = "none",
    options: Options | None = None,
) -> RunSummary | State[Any]:
    """Read what is new or changed in the sources since the last night, and bring the dataset to it.

    Args:
        sources: Folders, globs, lists, archives, ``s3://`` prefixes. A backfill is the same flow with other sources.
        workspace: The folder or ``s3://`` prefix that holds the page cache, the dataset and the reports.
        engine: What reads the pages; ``auto`` takes the server if one is set, else the embedded ``cpu`` engine.
        dispatch: ``deployments`` sends shards to the work pools, ``inline`` reads them in this process.
        pages_per_shard: Pages that one shard holds, at least; empty for 1,000 to 6,000, by the pages that the night has.
        shards_in_flight: Shards that are read at the same time, at most.
        render_ahead: Shards whose images are drawn before their turn, at most.
        again: ``failed`` also takes unchanged documents that did not end well, ``all`` takes every one that is listed.
        options: Any other setting, nested as in the settings reference.
    """
    chosen = {"engine": engine, "retry_failed": again == "failed" or None}
    ref = begin_run(sources, workspace, [options or {}, chosen], _run_id())
    async with open_flow_runtime(ref, reads=dispatch == "inline"):
        found = await compare(ref, ComparePolicy(again=again))
        if found.is_idle:
            await publish(ref)
            return Completed(message=found.message)
        await gather_bounded(partial(inspect, ref), found.batches, limit=2)
        work = await plan(ref, Sharding(pages=pages_per_shard, in_flight=shards_in_flight))
        how = Dispatch(ref, dispatch, shards_in_flight, render_ahead, transcribe_shard)
        results = await run_shards(how, work.shards)
        await show_shards(ref, results)
        if failed := describe_failures(results):
            return Failed(message=failed)
        await gather_bounded(partial(assemble, ref), found.batches, limit=2)
        await judge(ref)
        await publish(ref)
        summary: RunSummary = await report(ref)
    await show_summary(ref, summary)
    return summary
