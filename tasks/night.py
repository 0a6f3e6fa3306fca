"""The task that makes a run a night."""

from __future__ import annotations

from olmocr_core.ledger.diff import Again
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.night import Tonight, compare_sources
from tasks.decorator import task
from tasks.runtime import current


@task("compare", "compare sources with the ledger")
async def compare(ref: RunRef, again: Again = "none") -> Tonight:
    """List the sources, and identify what is new or changed since the ledger was written."""
    return await compare_sources(ref, current(), again)
