"""The benchmark end to end: a committed recording scores the same everywhere, and the flow keeps history and gates."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import REPO
from tests.server_client import ServerClient

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
Run = Callable[..., subprocess.CompletedProcess[str]]
DATA, RECORDING = REPO / "tests" / "data" / "bench", REPO / "tests" / "data" / "recording"
BENCHMARK = """
import asyncio, json, sys
from flows.benchmark import benchmark

state = asyncio.run(benchmark(**json.loads(sys.argv[1]), return_state=True))
print(json.dumps({"type": state.type.value, "message": state.message}))
"""


def bench(environment: dict[str, str], workspace: Path, **parameters: object) -> dict[str, str]:
    options = {"recording": {"replay_from": str(RECORDING)}, "orchestration": {"workers": 1}}
    given = {"data": str(DATA), "workspace": str(workspace), "engine": "replay", "options": options, **parameters}
    command = [sys.executable, "-c", BENCHMARK, json.dumps(given)]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def artifact(client: ServerClient, key: str) -> Any:
    """The newest artifact of a key."""
    return client.get(f"/artifacts/{key}/latest").raise_for_status().json()["data"]


def history(workspace: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (workspace / "benchmarks" / "history.jsonl").read_text().splitlines()]


def scores(workspace: Path) -> dict[str, Any]:
    """The newest run's figures, without what names the run and measures time."""
    return {name: history(workspace)[-1][name] for name in ("mean", "interval", "categories", "pages", "checks")}


def checks(workspace: Path) -> bytes:
    (found,) = workspace.glob("benchmarks/*/checks.jsonl")
    return found.read_bytes()


@pytest.mark.parametrize("recording", [RECORDING, RECORDING.with_name("recording_ocr")], ids=["by_hand", "of_models"])
def test_the_same_command_scores_the_same_in_two_fresh_workspaces(run: Run, tmp_path: Path, recording: Path) -> None:
    command = ("bench", DATA, "--engine", "replay", "--recording", recording, "--set", "orchestration.workers=1")
    for name in ("one", "two"):
        done = run(*command, "--workspace", tmp_path / name, "--json", tmp_path / f"{name}.json")
        assert done.returncode == 0, done.stdout
        assert "have no recorded answer" not in done.stdout
    assert checks(tmp_path / "one") == checks(tmp_path / "two")
    expected = json.loads((recording / "expected.json").read_text())
    assert scores(tmp_path / "one") == scores(tmp_path / "two") == expected
    (told,) = json.loads((tmp_path / "one.json").read_text())
    assert told["mean"] == expected["mean"]


def test_pages_without_a_recorded_answer_are_counted(run: Run, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.mkdir()
    (part / "recording.json").write_bytes((RECORDING / "recording.json").read_bytes())
    done = run("bench", DATA, "--recording", part, "--workspace", tmp_path / "ws")
    assert done.returncode == 0, done.stdout
    assert "5 pages have no recorded answer" in done.stdout
    pages = history(tmp_path / "ws")[0]["pages"]
    assert (pages["total"], pages["blank"], pages["not_recorded"]) == (6, 1, 5)
    assert pages["fallback"] + pages["failed"] == 5


def test_the_flow_keeps_history_and_fails_below_a_floor(
    environment: dict[str, str], prefect_client: ServerClient, tmp_path: Path
) -> None:
    workspace = tmp_path / "ws"
    held = bench(environment, workspace, floors={"mean": 0.8}, pages={"total": 6, "not_recorded": 0})
    assert held["type"] == "COMPLETED", held
    assert artifact(prefect_client, "benchmark").startswith("# replay on bench: ")
    assert "No earlier run" in artifact(prefect_client, "benchmark")

    missed = bench(
        environment, workspace, floors={"mean": 0.99, "headers_footers": 0.7, "math": 0.1}, pages={"fallback": 1}
    )
    assert missed["type"] == "FAILED"
    assert missed["message"].startswith("A gate does not hold: mean ")
    assert "< 99.0%; math has no verdict, its floor is 10.0%; 0 pages fallback, not 1" in missed["message"]
    assert "headers_footers" not in missed["message"]

    first, second = history(workspace)
    assert (first["missed"], len(second["missed"])) == ([], 3)
    assert (first["pages"]["from_cache"], second["pages"]["from_cache"]) == (0, 6)
    assert {name: first[name] for name in ("mean", "categories")} == {
        name: second[name] for name in ("mean", "categories")
    }
    rows = json.loads(artifact(prefect_client, "benchmark-history"))
    assert [row["run"] for row in rows] == [second["run"], first["run"]]
    assert [row["gates"] for row in rows] == ["; ".join(second["missed"]), "held"]
    assert "0 checks lost, 0 won" in artifact(prefect_client, "benchmark")


def test_a_gate_that_cannot_be_meant_is_said_before_a_page_is_read(environment: dict[str, str], tmp_path: Path) -> None:
    wrong = bench(environment, tmp_path / "ws", pages={"totl": 6})
    assert wrong["type"] == "FAILED"
    assert "unknown page counts: totl" in wrong["message"]
    assert not (tmp_path / "ws").exists()
