"""Run the steps of the flow ``convert`` without Prefect: FOLDER WORKSPACE SERVER MODEL."""

from __future__ import annotations

import asyncio
import math
import sys

from olmocr_core.stages import documents as document_stages
from olmocr_core.stages import output, pages
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages.compare_sources import compare_sources
from olmocr_core.wiring import open_runtime


async def convert(folder: str, workspace: str, server: str, model: str) -> None:
    """Convert documents to Markdown files and a report."""
    chosen = {"engine": "server", "server": server, "model": model, "publish": {"formats": ["markdown"]}}
    ref = begin_run([folder], workspace, [chosen])
    space, run = ref.open()
    async with open_runtime(run.header().settings, space) as runtime:
        found = await compare_sources(ref, runtime)
        await asyncio.gather(*(document_stages.inspect_batch(ref, runtime, batch) for batch in found.batches))
        plan = await document_stages.make_plan(ref, runtime)
        largest = max((piece.pages for piece in plan.slices), default=1)
        slots = asyncio.Semaphore(2 + math.ceil(runtime.read_context.tools.engine.concurrency / largest))

        async def one(index: int) -> None:
            async with slots:
                await pages.render_pages(ref, runtime, index)
                await pages.read_pages(ref, runtime, index)

        await asyncio.gather(*(one(piece.index) for piece in plan.slices if not piece.cached))
        for batch in found.batches:
            await output.assemble_batch(ref, runtime, batch)
        await output.judge(ref)
        await output.publish(ref, runtime)
        await output.report(ref, runtime, plan.from_cache)


if __name__ == "__main__":
    asyncio.run(convert(*sys.argv[1:5]))
