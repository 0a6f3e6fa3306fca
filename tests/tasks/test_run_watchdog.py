"""A flow run's process without a worker, on a real server: what it does when its state is changed by others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from tasks.prefect_compat.idempotency import NO_HEARTBEAT, next_shard_key, shard_key
from tasks.run_watchdog import Action, RunWatchdog, ServerView, decide
from tests.server_client import ServerClient

DEAD = f"{NO_HEARTBEAT} 300 seconds: gone."
REPO = Path(__file__).resolve().parents[2]
# It ends when it is let go, and leaves a trace when it is ended before that.
SLEEPER = """
import asyncio
from pathlib import Path
from prefect import flow

@flow
async def sleeper(folder: str):
    try:
        while not (Path(folder) / "go").exists():
            await asyncio.sleep(0.05)
    finally:
        (Path(folder) / "cleaned").touch()
"""


def real(test: Callable[..., None]) -> Callable[..., None]:
    """A test with a Prefect server."""
    return pytest.mark.xdist_group("prefect")(pytest.mark.prefect(test))


@dataclass(frozen=True)
class Bed:
    """A deployment of the sleeper, and processes that run it as a worker would start them, but without the worker."""

    client: ServerClient
    deployment: str
    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]]

    def order(self, **more: object) -> str:
        body = {"parameters": {"folder": str(self.folder)}, "state": {"type": "PENDING"}, **more}
        return str(self.post(f"/deployments/{self.deployment}/create_flow_run", body)["id"])

    def start(self, **more: object) -> tuple[str, subprocess.Popen[bytes]]:
        """A flow run that is Running, and its process."""
        run = self.order(**more)
        process = subprocess.Popen(
            [sys.executable, "-m", "tasks.prefect_compat.run_flow", "prefect.engine"],
            env={**self.environment, "PREFECT__FLOW_RUN_ID": run},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        wait_for(lambda: self.state(run)[0] == "RUNNING")
        return run, process

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()

    def set_state(self, run: str, state: str, message: str = "", name: str | None = None) -> None:
        body = {"state": {"type": state, "message": message, "name": name}, "force": True}
        self.post(f"/flow_runs/{run}/set_state", body)

    def state(self, run: str) -> tuple[str, str]:
        found = self.client.get(f"/flow_runs/{run}").raise_for_status().json()
        return found["state_type"], found["state"]["message"] or ""


def wait_for(look: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def bed(prefect_client: ServerClient, environment: dict[str, str], tmp_path: Path) -> Iterator[Bed]:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    kept = {
        **environment,
        "PYTHONPATH": f"{REPO}{os.pathsep}{tmp_path}",
        # What a worker's environment says of a flow run, and of how often it looks.
        "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
        "SITE_CHECK_SECONDS": "1",
    }
    flow = prefect_client.post("/flows/", json={"name": "sleeper"}).raise_for_status().json()["id"]
    body = {"name": uuid.uuid4().hex, "flow_id": flow, "entrypoint": "sleeper.sleeper", "pull_steps": []}
    deployment = prefect_client.post("/deployments/", json=body).raise_for_status().json()["id"]
    made = Bed(prefect_client, deployment, tmp_path, kept, [])
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


@real
def test_a_run_that_is_cancelled_while_no_worker_listens(bed: Bed) -> None:
    run, process = bed.start()
    bed.set_state(run, "CANCELLING")
    assert process.wait(60) == 0
    assert bed.state(run)[0] == "CANCELLED"
    assert (bed.folder / "cleaned").exists()


@real
def test_a_run_that_was_declared_dead_unheard_reports_that_it_is_alive(bed: Bed) -> None:
    run, process = bed.start()
    bed.set_state(run, "CRASHED", DEAD)
    wait_for(lambda: bed.state(run)[0] == "RUNNING")
    assert bed.state(run)[1] == "Alive: heartbeats did not reach the server."
    (bed.folder / "go").touch()
    assert process.wait(60) == 0
    assert bed.state(run)[0] == "COMPLETED"


@real
def test_a_run_that_was_replaced_exits_and_reports_nothing(bed: Bed) -> None:
    key = shard_key(f"transcribe-shard/gpu-{uuid.uuid4().hex}-pages", 1)
    run, process = bed.start(idempotency_key=key)
    bed.order(idempotency_key=next_shard_key(key))
    bed.set_state(run, "CRASHED", DEAD)
    assert process.wait(60) == 0
    assert bed.state(run) == ("CRASHED", DEAD)
    assert (bed.folder / "cleaned").exists()


@real
def test_a_run_that_is_started_again_elsewhere(bed: Bed) -> None:
    run, process = bed.start()
    bed.set_state(run, "CRASHED", DEAD)
    wait_for(lambda: bed.state(run)[0] == "RUNNING")
    bed.set_state(run, "SCHEDULED", name="AwaitingRetry")
    assert process.wait(60) == 0
    assert bed.state(run)[0] == "SCHEDULED"


@pytest.mark.parametrize(
    ("view", "own_start", "action"),
    [
        (ServerView(StateType.PENDING), 0, Action.CONTINUE),
        (ServerView(StateType.RUNNING, 1), 0, Action.CONTINUE),
        (ServerView(StateType.RUNNING, 1), 1, Action.CONTINUE),
        (ServerView(StateType.PAUSED, 1), 1, Action.CONTINUE),
        (ServerView(StateType.RUNNING, 2), 1, Action.EXIT_REPLACED),
        (ServerView(StateType.PENDING, 1), 1, Action.EXIT_REPLACED),
        (ServerView(StateType.SCHEDULED, 1), 1, Action.EXIT_REPLACED),
        (ServerView(StateType.RUNNING, 2, replaced=True), 2, Action.EXIT_REPLACED),
        (ServerView(StateType.CANCELLING, 1), 1, Action.CANCEL),
        (ServerView(StateType.CANCELLING), 0, Action.CANCEL),
        (ServerView(StateType.RUNNING, 1, parent_cancelled=True), 1, Action.CANCEL),
        (ServerView(StateType.COMPLETED, 1, parent_cancelled=True), 1, Action.EXIT_ENDED),
        (ServerView(StateType.CRASHED, 1, unheard=True, parent_cancelled=True), 1, Action.EXIT_ENDED),
        (ServerView(StateType.CRASHED, 1, unheard=True), 1, Action.REVIVE),
        (ServerView(StateType.CRASHED, 1, unheard=True, replaced=True), 1, Action.EXIT_REPLACED),
        (ServerView(StateType.CRASHED, 1), 1, Action.EXIT_ENDED),
        (ServerView(StateType.CANCELLED, 1), 1, Action.EXIT_ENDED),
        (ServerView(StateType.FAILED, 1), 1, Action.EXIT_ENDED),
    ],
)
def test_decide(view: ServerView, own_start: int, action: Action) -> None:
    assert decide(view, own_start) is action


class Unreadable(dict[str, str]):
    """An environment that another thread changes all the time."""

    def __iter__(self) -> Iterator[str]:
        raise KeyError("PREFECT__CONTROL_PORT")

    def __getitem__(self, name: str) -> str:
        raise KeyError(name)


class Checks(RunWatchdog):
    """A watchdog whose first check breaks; the second notes how often its client would ask again."""

    retries: int | None = None
    checks = 0

    def _check(self, client: SyncPrefectClient) -> None:
        self.checks += 1
        if self.checks == 1:
            raise KeyError("something that nobody foresaw")
        self.retries = PREFECT_CLIENT_MAX_RETRIES.value()
        self._finished.set()


def test_a_watchdog_outlives_a_check_that_breaks_and_an_environment_that_changes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        watchdog = Checks(uuid.uuid4(), 0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", Unreadable())
        watchdog.start()
        watchdog.join(30)
    assert watchdog.retries == 0
    assert "the next one is in 0.01 s" in caplog.text
