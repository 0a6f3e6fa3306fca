"""The team's server, started from installed packages: it records, survives the death of its parts, and keeps others out."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.team.watch import Team
from olmocr_core.errors import RunError

REPO = Path(__file__).resolve().parents[2]
AUTH = "team:secret"


def installed() -> bool:
    postgres = shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return bool(postgres and shutil.which("redis-server"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_ends_is_started_again(tmp_path: Path) -> None:
    team = Team(tmp_path)
    mark = tmp_path / "starts"
    team.add("short", ["sh", "-c", f"echo x >> {mark}; exec sleep 1"], mark.exists)
    import threading

    watcher = threading.Thread(target=team.watch)
    watcher.start()
    wait_for(lambda: mark.read_text().count("x") >= 2)
    team.stopping.set()
    watcher.join()
    team.stop()


def test_a_service_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such port"):
        Team(tmp_path).add("broken", ["sh", "-c", "echo no such port; exit 3"], lambda: False)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Path]]:
    """The URL and the state folder of a team's server."""
    if not installed():
        pytest.skip("needs postgresql and redis-server")
    # Not pytest's folder: it is closed to the account that Postgres runs as.
    home = Path(tempfile.mkdtemp(prefix="team-"))
    home.chmod(0o755)
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"OLMOCR_HOME": str(home), "PREFECT_API_AUTH_STRING": AUTH}
    command = [sys.executable, "infra/team/prefect_team.py", "--port", str(port), "--redis-port", str(free_port())]
    process = subprocess.Popen(command, cwd=REPO, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert b"Prefect UI" in first, first + process.stdout.read()
        yield f"http://127.0.0.1:{port}", home
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


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
            for name in ("postgres -D", "redis-server", "services start", "server start"):
                if name in line and name not in found:
                    found[name] = int(path.name)
    return found


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_teams_server_lets_in_who_knows_the_secret(server: tuple[str, Path]) -> None:
    url, _ = server
    with httpx.Client(base_url=f"{url}/api", trust_env=False, timeout=30) as client:
        assert client.get("/health").status_code == 200
        assert client.post("/flows/filter", json={}).status_code == 401
        assert client.post("/flows/filter", json={}, auth=("team", "wrong")).status_code == 401
        assert client.post("/flows/filter", json={}, auth=("team", "secret")).json() == []


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_it_records_what_a_flow_does_and_goes_on_after_its_parts_are_killed(server: tuple[str, Path]) -> None:
    url, home = server
    before = parts(home)
    assert set(before) == {"postgres -D", "redis-server", "services start", "server start"}
    assert flow_ends_well(url, home)
    for name in ("services start", "redis-server"):
        os.kill(before[name], signal.SIGKILL)
        wait_for(lambda name=name: parts(home).get(name, before[name]) != before[name])
    # A part that has just been started again may refuse for a moment; a flow that begins then has to be begun anew.
    wait_for(lambda: flow_ends_well(url, home))
    with httpx.Client(base_url=f"{url}/api", trust_env=False, timeout=30, auth=("team", "secret")) as client:
        wanted = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        wait_for(lambda: client.post("/task_runs/count", json=wanted).json() >= 40)


def flow_ends_well(url: str, home: Path) -> bool:
    code = "from prefect import flow, task\n@task\ndef t(i): return i\n@flow\ndef f(): [t(i) for i in range(20)]\nf()\n"
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"{url}/api",
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_HOME": str(home / "client"),
    }
    done = subprocess.run(
        [sys.executable, "-"], input=code, env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    return done.returncode == 0
