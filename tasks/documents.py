"""Tasks from sources to a plan, and from page records to judged documents."""

from __future__ import annotations

from olmocr_core import stages
from olmocr_core.documents.counts import RunCounts
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.compare_sources import ComparePolicy, SourcesFound, compare_sources
from olmocr_core.stages.documents import Inspected, Plan, Sharding
from tasks.decorator import task
from tasks.runtime import current_runtime


@task("compare", "compare sources with the ledger")
async def compare(ref: RunRef, policy: ComparePolicy) -> SourcesFound:
    """List the sources, and identify what is new or changed since the ledger was written."""
    return await compare_sources(ref, current_runtime(), policy)


@task("inspect", "inspect documents, batch {batch}")
async def inspect(ref: RunRef, batch: str) -> Inspected:
    """Open the documents of a batch and count their pages."""
    return await stages.documents.inspect_batch(ref, current_runtime(), batch)


@task("plan", "plan slices")
async def plan(ref: RunRef, sharding: Sharding | None = None) -> Plan:
    """Ask the page cache what is done and cut the rest into slices, which fit into shards where there will be any."""
    return await stages.documents.make_plan(ref, current_runtime(), sharding)


@task("assemble", "assemble documents, batch {batch}")
async def assemble(ref: RunRef, batch: str) -> int:
    """Put the documents of a batch together from their page records."""
    return await stages.output.assemble_batch(ref, current_runtime(), batch)


@task("judge", "judge documents")
async def judge(ref: RunRef) -> RunCounts:
    """Give every document its status and its reasons."""
    return await stages.output.judge(ref)
