"""The team's server, started from installed packages: it records, survives the death of its parts, and keeps others out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest
import redis

from flows.local_server.server import responds
from infra.team.stores import ends_with_parent
from tests.ports import free_port
from tests.server_client import ServerClient

REPO = Path(__file__).resolve().parents[3]
AUTH = "team:secret"
WATCHER = "infra.team.prefect_team"
PARTS = (WATCHER, "postgres -D", "redis-server", "services start", "server start")
TASKS = 20
FLOW = f"""
from prefect import flow, runtime, task
@task
def t(i): return i
@flow
def f():
    for i in range({TASKS}): t(i)
    return runtime.flow_run.id
print(f())
"""
T = TypeVar("T")


def installed() -> bool:
    postgres = shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return bool(postgres and shutil.which("redis-server"))


def wait_for(look: Callable[[], T], seconds: float = 60) -> T:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Path]]:
    """The URL and the state folder of a team's server."""
    if not installed():
        pytest.skip("needs postgresql and redis-server")
    # Not pytest's folder: it is closed to the account that Postgres runs as.
    home = Path(tempfile.mkdtemp(prefix="team-"))
    home.chmod(0o755)
    port = free_port()
    (home / "redis-port").write_text(str(free_port()))
    (home / "port").write_text(str(port))
    start(home)
    try:
        yield f"http://127.0.0.1:{port}", home
    finally:
        os.kill(parts(home)[WATCHER], signal.SIGTERM)
        wait_for(lambda: not parts(home))
        shutil.rmtree(home, ignore_errors=True)


def start(home: Path) -> None:
    """A team's server in a state folder, when it answers; it does not outlive these tests, either."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"OLMOCR_HOME": str(home), "PREFECT_API_AUTH_STRING": AUTH}
    ports = ["--port", (home / "port").read_text(), "--redis-port", (home / "redis-port").read_text()]
    command = [*ends_with_parent("TERM"), sys.executable, "-m", "infra.team.prefect_team", *ports]
    process = subprocess.Popen(command, cwd=REPO, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert b"Prefect UI" in first, first + process.stdout.read()


def parts(home: Path) -> dict[str, int]:
    """The processes that belong to a state folder, by what they are."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            places = [line, str((path / "cwd").readlink()), (path / "environ").read_text("utf-8", "replace")]
        except OSError:
            continue
        if any(str(home) in place for place in places):
            for name in PARTS:
                if name in line and name not in found:
                    found[name] = int(path.name)
    return found


def begun_anew(home: Path, name: str, before: int) -> bool:
    """Whether a part runs as another process than before."""
    return parts(home).get(name, before) != before


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_teams_server_lets_in_who_knows_the_secret(server: tuple[str, Path]) -> None:
    url, _ = server
    for auth, status in ("", 401), ("team:wrong", 401), (AUTH, 200):
        with httpx.Client(base_url=f"{url}/api", trust_env=False, timeout=30) as client:
            assert client.get("/health").status_code == 200
            # The token is asked for before the secret.
            assert client.post("/flows/filter", json={}).status_code == 403
            assert client.get("/admin/version", auth=tuple(auth.split(":")) if auth else None).status_code == status
    assert ask(url, "/flows/filter", {}) == []


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_it_starts_with_its_tables_and_blocks_and_without_a_second_try(server: tuple[str, Path]) -> None:
    url, home = server
    kinds = ask(url, "/block_types/filter", {"limit": 100})
    assert {"slack-webhook", "sendgrid-email", "aws-credentials"} <= {kind["slug"] for kind in kinds}
    # Two API processes on an empty database: what both of them would do at their start stopped one, and with it the API.
    assert "Application startup failed" not in (home / "team" / "logs" / "api.log").read_text()


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_it_records_what_a_flow_does_and_goes_on_after_its_parts_are_killed(server: tuple[str, Path]) -> None:
    url, home = server
    before = parts(home)
    assert set(before) == set(PARTS)
    first = flow_that_ended_well(url, home)
    # Task runs are written down in batches of a second; a batch dies with the services, so the last one is awaited.
    wait_for(lambda: completed(url, first) == TASKS)
    for name in ("services start", "redis-server"):
        os.kill(before[name], signal.SIGKILL)
        wait_for(partial(begun_anew, home, name, before[name]))
    assert completed(url, first) == TASKS
    # A part that has just been started again may refuse for a moment; a flow that begins then has to be begun anew.
    second = wait_for(lambda: flow_that_ended_well(url, home))
    wait_for(lambda: completed(url, second) == TASKS)


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_what_waits_to_be_recorded_outlives_the_queue_and_those_who_record(server: tuple[str, Path]) -> None:
    url, home = server
    before = parts(home)
    # Nobody records now: all that the flow says stays in Redis, which then dies as well.
    os.kill(before["services start"], signal.SIGSTOP)
    run = flow_that_ended_well(url, home)
    wait_for(lambda: queued(home, run) == TASKS)
    assert completed(url, run) == 0
    os.kill(before["services start"], signal.SIGKILL)
    os.kill(before["redis-server"], signal.SIGKILL)
    wait_for(lambda: completed(url, run) == TASKS)


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_an_api_that_is_killed_gives_its_port_to_the_next(server: tuple[str, Path]) -> None:
    url, home = server
    before = parts(home)["server start"]
    children = [child.pid for child in psutil.Process(before).children(recursive=True)]
    os.kill(before, signal.SIGKILL)
    wait_for(partial(begun_anew, home, "server start", before))
    wait_for(lambda: not any(map(psutil.pid_exists, children)))
    wait_for(lambda: responds(url))


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_nothing_outlives_the_one_that_watches_and_it_can_be_started_again(server: tuple[str, Path]) -> None:
    url, home = server
    first = flow_that_ended_well(url, home)
    wait_for(lambda: completed(url, first) == TASKS)
    before = set(parts(home).values())
    os.kill(parts(home)[WATCHER], signal.SIGKILL)
    # At once, as a supervisor would: it waits for the ends of what was there before.
    start(home)
    assert not before & set(parts(home).values())
    assert wait_for(lambda: flow_that_ended_well(url, home))
    assert completed(url, first) == TASKS


def ask(url: str, path: str, body: dict[str, Any]) -> Any:
    with ServerClient(f"{url}/api", AUTH) as client:
        return client.post(path, json=body).raise_for_status().json()


def completed(url: str, flow_run: str) -> int:
    """How many task runs of a flow run are recorded as completed."""
    wanted = {"state": {"type": {"any_": ["COMPLETED"]}}}
    return int(ask(url, "/task_runs/count", {"flow_runs": {"id": {"any_": [flow_run]}}, "task_runs": wanted}))


def queued(home: Path, flow_run: str) -> int:
    """How many ends of tasks of a flow run lie in Redis."""
    port = int((home / "redis-port").read_text())
    password = (home / "team" / "redis" / "redis.conf").read_text().split()[1]
    with redis.Redis(port=port, password=password, decode_responses=True) as queue:
        entries: Any = queue.xrange("events")
    said = [entry["data"] for _, entry in entries]
    return sum("prefect.task-run.Completed" in data and flow_run in data for data in said)


def flow_that_ended_well(url: str, home: Path) -> str:
    """The id of a flow run with so many tasks; empty when it did not come to its end."""
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"{url}/api",
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_HOME": str(home / "client"),
    }
    done = subprocess.run(
        [sys.executable, "-"], input=FLOW, env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    return done.stdout.split()[-1] if done.returncode == 0 else ""
