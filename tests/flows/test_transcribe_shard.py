"""A shard of a planned run, read on its own by a model server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.stages.begin_run import RunRef
from olmocr_core.wiring import open_workspace
from tests.flows.conftest import REPO, Simulate

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


def test_a_shard_of_a_planned_run_is_read_on_its_own(
    simulate: Simulate, documents: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    url = simulate()
    script = """
import asyncio, sys
from flows.transcribe_shard import transcribe_shard
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages import documents
from olmocr_core.stages.compare_sources import ComparePolicy, compare_sources
from olmocr_core.wiring import open_runtime

async def main(source, workspace, server):
    chosen = {"server": server, "inference": {"profile": "generic"}, "orchestration": {"pages_per_task": 4}}
    ref = begin_run([source], workspace, [chosen], "planned")
    place, run = ref.open()
    async with open_runtime(run.header().settings, place) as runtime:
        found = await compare_sources(ref, runtime, ComparePolicy())
        for batch in found.batches:
            await documents.inspect_batch(ref, runtime, batch)
        await documents.make_plan(ref, runtime)
    print((await transcribe_shard(workspace=ref.workspace, run=ref.run, first=1, last=2)).model_dump_json())

asyncio.run(main(*sys.argv[1:]))
"""
    command = [sys.executable, "-c", script, str(documents), str(tmp_path / "out"), url]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["slices"], told["pages"], told["statuses"]) == (2, 8, {"ok": 8})
    assert told["serving"]["pages"] == 8
    workspace, folder = RunRef(workspace=str(tmp_path / "out"), run="planned").open()
    read = {(page.doc_id, page.page_number) for piece in folder.slices(1, 2) for page in piece.pages}
    stored = {(path.parts[-3], int(path.stem)) for path in open_workspace(tmp_path / "out").pages.rglob("0*.json")}
    assert stored == read
    assert workspace.root == tmp_path / "out"
