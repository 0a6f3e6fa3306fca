"""A real Prefect server whose services look around quickly, and a webhook that remembers what it was told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from flows.local_server.auth import read_auth
from flows.local_server.server import ensure_server, stop_server
from tests.server_client import ServerClient

REPO = Path(__file__).resolve().parents[2]
QUICK = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "2",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
}


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a Prefect server with a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        state = str(tmp_path_factory.mktemp("deployments"))
        patch.setenv("OLMOCR_HOME", state)
        patch.setenv("DEPLOYMENTS_STATE", state)
        patch.delenv("PREFECT_API_URL", raising=False)
        for name, value in QUICK.items():
            patch.setenv(name, value)
        server = ensure_server()
        yield server.api_url
        stop_server()


@pytest.fixture(scope="session")
def auth(api: str) -> str:
    """The auth string of that server."""
    return read_auth(Path(os.environ["DEPLOYMENTS_STATE"]))


@pytest.fixture
def client(api: str, auth: str) -> Iterator[ServerClient]:
    """The server's API."""
    with ServerClient(api, auth) as client:
        yield client


@dataclass(frozen=True)
class Deploy:
    """``olmocr-flows deploy`` with a site's variables, in a folder that is no checkout."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, *parts: str, **site: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows.cli", "deploy", *parts]
        environment = {**self.environment, **site}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )


@pytest.fixture
def deploy(api: str, auth: str, tmp_path: Path) -> Deploy:
    """Deploy to the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SITE_"))}
    prefect = {"PREFECT_API_URL": api, "PREFECT_API_AUTH_STRING": auth, "PREFECT_HOME": str(tmp_path / "prefect")}
    return Deploy(tmp_path, {**kept, **prefect, "PYTHONPATH": str(REPO)})


class Webhook:
    """Where a webhook lies, and what it was told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.told: Queue[dict[str, Any]] = Queue()

    def wait_for(self, automation: str, seconds: float = 90) -> dict[str, Any]:
        """The next message of an automation; raises queue.Empty when none comes."""
        while True:
            message = self.told.get(timeout=seconds)
            if message["automation"] == automation:
                return message


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            hook.told.put(json.loads(body))

        def log_message(self, *_: object) -> None:
            """Nothing: tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook = Webhook(f"http://127.0.0.1:{server.server_port}/hook")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hook
        server.shutdown()
