"""The command line as people call it, on a real Prefect server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server_client import ServerClient

REPO = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
Simulate = Callable[..., str]


def hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``olmocr-flows`` with arguments; whatever still runs at the end of the test is killed."""
    running: list[subprocess.Popen[str]] = []

    def popen(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "flows.cli", *map(str, arguments)]
        process = subprocess.Popen(
            command,
            cwd=REPO,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Tests that a script has started in the background ignore Ctrl-C, and so would what they start.
            preexec_fn=hear_ctrl_c,
        )
        running.append(process)
        return process

    yield popen
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[str]]) -> Run:
    """Run ``olmocr-flows`` to its end; output and exit code come back."""

    def complete(*arguments: object) -> subprocess.CompletedProcess[str]:
        process = start(*arguments)
        output, _ = process.communicate(timeout=240)
        return subprocess.CompletedProcess(arguments, process.returncode, output)

    return complete


@pytest.fixture
def task_states(prefect_client: ServerClient) -> Callable[[str], dict[str, list[str]]]:
    """The names of the states that the task runs of a run's flow ended in, by task-run name."""

    def states(run_id: str) -> dict[str, list[str]]:
        like = {"flow_runs": {"name": {"like_": run_id}}}
        flow_runs = prefect_client.post("/flow_runs/filter", json=like).raise_for_status().json()
        wanted = {"task_runs": {"flow_run_id": {"any_": [flow_run["id"] for flow_run in flow_runs]}}}
        found = prefect_client.post("/task_runs/filter", json={**wanted, "limit": 200}).raise_for_status().json()
        by_name: dict[str, list[str]] = {}
        for task_run in found:
            by_name.setdefault(task_run["name"], []).append(task_run["state_name"])
        return by_name

    return states


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
