"""What a worker runs with, and a real one that takes a flow run outside of the checkout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from deployments.worker import LIMITS, worker_environment
from tests.deployments.conftest import Deploy
from tests.deployments.server import post, succeeded, wait_for_state


def test_flow_runs_find_this_python_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert worker_environment()["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/usr/bin"
    monkeypatch.delenv("PATH")
    assert worker_environment()["PATH"].startswith(f"{Path(sys.executable).parent}{os.pathsep}")


def test_a_persons_own_settings_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_environment()["PREFECT_WORKER_QUERY_SECONDS"] == "5"
    monkeypatch.setenv("PREFECT_WORKER_QUERY_SECONDS", "1")
    assert worker_environment()["PREFECT_WORKER_QUERY_SECONDS"] == "1"


def test_a_night_and_a_shard_of_it_have_a_place_each() -> None:
    assert LIMITS["cpu"] > 1


def in_the_background() -> None:
    """As a shell starts ``make worker-cpu &`` in a script."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("deployments")
def test_a_worker_takes_a_flow_run_and_ends_when_it_is_told_to(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", "flows"))
    weekly = client.get("/deployments/name/maintenance/weekly").raise_for_status().json()["id"]
    parameters = {"workspace": str(deploy.folder / "ws"), "dry_run": True}
    run = post(client, f"/deployments/{weekly}/create_flow_run", {"parameters": parameters})["id"]
    command = [sys.executable, "-m", "flows.cli", "worker", "cpu"]
    with (deploy.folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            command, cwd=deploy.folder, env=deploy.environment, stdout=log, stderr=log, preexec_fn=in_the_background
        )
    try:
        assert wait_for_state(client, run, "COMPLETED")["state_type"] == "COMPLETED", (
            deploy.folder / "worker.log"
        ).read_text()
    finally:
        worker.terminate()
        try:
            worker.wait(60)
        finally:
            worker.kill()
    # Prefect's engine is imported before it is run as a program; nobody needs to hear of that.
    assert "RuntimeWarning" not in (deploy.folder / "worker.log").read_text()
