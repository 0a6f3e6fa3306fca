"""The engine ``server`` through the real flows, against the simulator: faults, a server that dies, a shard on its own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.stages.begin_run import RunRef
from olmocr_core.wiring import open_workspace
from tests.flows.conftest import REPO

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
Run = Callable[..., subprocess.CompletedProcess[str]]
Simulate = Callable[..., str]


@pytest.fixture
def simulate() -> Iterator[Simulate]:
    """Start the simulator with options; its address comes back."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: object) -> str:
        command = [sys.executable, "-m", "tests.simulator", "--seconds-per-page", "0.02", *map(str, options)]
        process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def documents(samples: Path, tmp_path: Path) -> Path:
    """Twelve different documents of two pages."""
    folder = tmp_path / "in"
    folder.mkdir()
    data = (samples / "code_and_formula.pdf").read_bytes()
    for index in range(12):
        (folder / f"{index:02d}.pdf").write_bytes(data + f"\n% copy {index}\n".encode())
    return folder


def report(workspace: Path) -> dict[str, Any]:
    return json.loads((workspace / "reports" / "latest" / "report.json").read_text())  # type: ignore[no-any-return]


def test_pages_are_read_by_a_server_that_misbehaves_and_dies(
    run: Run, simulate: Simulate, documents: Path, tmp_path: Path
) -> None:
    url = simulate("--faults", 0.2, "--seed", 3, "--dies-after", 20, "--down-seconds", 0.5)
    arguments = ("run", documents, "--workspace", tmp_path / "out", "--server", url, "--pages-per-task", 6)
    generic = ("--set", "inference.profile=generic")
    price = ("--set", "inference.price_per_gpu_hour=2.5", "--set", "inference.idle_seconds=5")
    done = run(*arguments, *generic, *price)
    assert done.returncode == 0, done.stdout
    told = report(tmp_path / "out")
    assert told["counts"]["documents"] == 12
    assert told["pages"]["total"] == 24 == told["pages"]["model"] + told["pages"]["fallback"] + told["pages"]["failed"]
    serving = told["serving"]
    assert serving["faults"]
    assert serving["output_tokens"] > 0
    assert serving["gpu_seconds"] > 0
    assert serving["cost_per_1000_pages"] > 0
    requests = serving["requests"]

    again = run(*arguments, *generic, *price)
    assert again.returncode == 0, again.stdout
    assert report(tmp_path / "out")["pages"]["from_cache"] == 24
    assert report(tmp_path / "out")["serving"]["requests"] == 0 < requests


def test_a_prompt_that_is_not_installed_is_told_in_one_line(
    run: Run, simulate: Simulate, samples: Path, tmp_path: Path
) -> None:
    """The server alone says that its model is olmocr, so that only the flow can find out."""
    if importlib.util.find_spec("olmocr"):
        pytest.skip("the package olmocr is installed")
    done = run("run", samples / "code_and_formula.pdf", "--workspace", tmp_path / "out", "--server", simulate())
    told = done.stdout + (done.stderr or "")
    assert done.returncode == 2, told
    assert "Traceback" not in told
    assert told.count("belongs to the package olmocr") == 1
    assert "pip install olmocr" in told


def test_a_shard_of_a_planned_run_is_read_on_its_own(
    simulate: Simulate, documents: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    url = simulate()
    script = """
import asyncio, sys
from flows.transcribe_shard import transcribe_shard
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages import documents
from olmocr_core.wiring import open_runtime

async def main(source, workspace, server):
    chosen = {"server": server, "inference": {"profile": "generic"}, "orchestration": {"pages_per_task": 4}}
    ref = begin_run([source], workspace, [chosen], "planned")
    place, run = ref.open()
    async with open_runtime(run.header().settings, place) as runtime:
        found = await documents.discover(ref, runtime)
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
