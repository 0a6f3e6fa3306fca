"""A run without an orchestrator: the stages called one after the other, as the flow does."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from olmocr_core.documents.counts import RunCounts
from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.ports import Engine
from olmocr_core.ledger.diff import Again
from olmocr_core.reading.read_slice import SliceReport
from olmocr_core.stages import documents, output, pages
from olmocr_core.stages.begin_run import RunRef, begin_run, read_passwords
from olmocr_core.stages.compare_sources import ComparePolicy, SourcesFound, compare_sources
from olmocr_core.stages.documents import Inspected, Plan
from olmocr_core.stages.output import RunSummary
from olmocr_core.wiring import Runtime, open_runtime

INSTANT: Mapping[str, Any] = {"engine": "instant", "orchestration": {"workers": 1}}


@dataclass
class Walk:
    """Everything that the stages reported."""

    ref: RunRef
    found: SourcesFound
    inspected: list[Inspected]
    plan: Plan
    counts: RunCounts
    summary: RunSummary
    slices: list[SliceReport] = field(default_factory=list)


@asynccontextmanager
async def opened(
    sources: Sequence[Path],
    workspace: Path,
    *overrides: Mapping[str, Any],
    engine: Engine | None = None,
    run: str = "r",
) -> AsyncIterator[tuple[RunRef, Runtime]]:
    """A run that has begun, and its runtime."""
    ref = begin_run([str(source) for source in sources], str(workspace), [INSTANT, *overrides], run)
    place, folder = ref.open()
    settings = folder.header().settings
    async with open_runtime(settings, place, read_passwords(settings.password_file), engine) as runtime:
        yield ref, runtime


async def planned(ref: RunRef, runtime: Runtime, again: Again = "none") -> tuple[SourcesFound, list[Inspected], Plan]:
    """The stages up to the plan."""
    policy = ComparePolicy(again=again, on_new_recipe=True, strict=True)
    found = await compare_sources(ref, runtime, policy)
    inspected = [await documents.inspect_batch(ref, runtime, batch) for batch in found.batches]
    return found, inspected, await documents.make_plan(ref, runtime)


async def walk(
    sources: Sequence[Path],
    workspace: Path,
    *overrides: Mapping[str, Any],
    engine: Engine | None = None,
    run: str = "r",
    again: Again = "none",
) -> Walk:
    """All stages of a run in order."""
    async with opened(sources, workspace, *overrides, engine=engine, run=run) as (ref, runtime):
        found, inspected, plan = await planned(ref, runtime, again)
        reports = []
        for piece in plan.slices:
            if not piece.cached:
                await pages.render_pages(ref, runtime, piece.index)
            reports.append(await pages.read_pages(ref, runtime, piece.index))
        assembled = [await output.assemble_batch(ref, runtime, batch) for batch in found.batches]
        assert sum(assembled) == found.documents
        counts = await output.judge(ref)
        await output.publish(ref, runtime)
        summary = await output.report(ref, runtime, runtime.progress.from_cache)
    return Walk(ref, found, inspected, plan, counts, summary, reports)


def dolma(workspace: Path) -> list[dict[str, Any]]:
    lines = []
    for path in sorted((workspace / "dataset" / "dolma").glob("*.jsonl.gz")):
        lines += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return lines


def page_files(workspace: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (workspace / "pages").rglob("0*.json")}


def finished_page(key: str, doc_id: str, number: int) -> PageRecord:
    return PageRecord.model_validate(
        {
            "key": key,
            "doc_id": doc_id,
            "page_number": number,
            "status": "blank",
            "route": "blank",
            "engine": "instant:script",
            "transcription": {"text": ""},
        }
    )
