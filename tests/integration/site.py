"""Everything that a night needs, as real processes: Prefect server, workers, a store, a model server."""

from __future__ import annotations

import json
import os
import secrets
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.bucket import Bucket, start_store
from tests.integration.papers import Paper
from tests.integration.prefect_api import PrefectApi
from tests.integration.processes import Crew, wait_for
from tests.integration.witness import Witness
from tests.ports import free_port
from tests.s3 import CREDENTIALS

# Longer than two beats of a flow run's heart (deployments/prefect.yaml), and more patience than a busy machine needs.
HEARTBEAT_SECONDS = 75
START_SECONDS = 240
AUTH = f"site:{secrets.token_urlsafe()}"
QUICK_SERVER = {
    # A proactive automation, and a worker that fell silent, are looked for at these intervals.
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "2",
}


@dataclass
class Site:
    """One site. Members of the crew: ``s3``, ``model``, ``server``, ``cpu``, ``gpu``."""

    crew: Crew
    api: PrefectApi
    bucket: Bucket
    witness: Witness
    ports: Mapping[str, int]
    team: bool

    @property
    def model_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['model']}"

    def start_server(self, *, wait: bool = True) -> None:
        """What ``make server`` or ``make server-team`` starts."""
        script = (
            ["-m", "infra.team.prefect_team", "--redis-port", self.ports["redis"]]
            if self.team
            else ["-m", "flows.cli", "server", "serve"]
        )
        self.crew.start("server", [sys.executable, *script, "--port", self.ports["server"]])
        if wait:
            wait_for("the Prefect server", self.api.healthy, START_SECONDS)

    def start_model(self, *options: object) -> None:
        """The model server, with options of ``tests.integration.model_server``."""
        command = [sys.executable, "-m", "tests.integration.model_server", self.ports["model"], self.witness.path]
        self.crew.start("model", [*command, *options])

    def restart_model(self, *options: object) -> None:
        """Another model server in its place."""
        if self.crew.alive("model"):
            self.crew.kill("model")
        self.start_model(*options)

    def start_worker(self, pool: str) -> None:
        """What ``make worker-cpu`` or ``make worker-gpu`` starts."""
        name = f"{pool}-{uuid.uuid4().hex[:4]}"
        self.crew.start(pool, [sys.executable, "-m", "flows.cli", "worker", pool, "--name", name])

    def deploy(self, *parts: str, heartbeat_seconds: int = HEARTBEAT_SECONDS) -> str:
        """What ``make deploy`` does, at a site whose inbox and workspace lie in the bucket."""
        return self.crew.run(
            [sys.executable, "-m", "flows.cli", "deploy", *parts],
            SITE_SOURCES=self.bucket.uri("inbox"),
            SITE_WORKSPACE=self.bucket.uri("ws"),
            SITE_ENGINE="server",
            SITE_OPTIONS=json.dumps(self.options()),
            SITE_NIGHT_ACTIVE="false",
            SITE_HEARTBEAT_SECONDS=str(heartbeat_seconds),
            SITE_START_SECONDS=str(heartbeat_seconds),
            SITE_CHECK_SECONDS="5",
        )

    def options(self) -> dict[str, Any]:
        """A run's settings: every page goes to the model server, small, one attempt at a time."""
        return {
            "server": f"{self.model_url}/v1",
            "inference": {"profile": "generic", "idle_seconds": 20, "connect_seconds": 5},
            "routing": {"mode": "engine"},
            "render": {"longest_side": 200},
            "ladder": {"race": 1},
            "orchestration": {"pages_per_task": 5, "workers": 1, "report_pages": 5},
            "storage": {"source": {"endpoint_url": self.bucket.url}},
        }

    def fill(self, inbox: str, papers: list[Paper]) -> None:
        """Drop documents in an inbox."""
        for paper in papers:
            self.bucket.put(inbox, paper)

    def start_night(self, name: str, **more: object) -> str:
        """Start a night over the inbox ``<name>/in`` with the workspace ``<name>/ws``."""
        places = {"sources": [self.bucket.uri(f"{name}/in")], "workspace": self.bucket.uri(f"{name}/ws")}
        return self.api.start_night(**places, **more)

    def page_records(self, name: str) -> int:
        """How many pages of a workspace are finished for good."""
        return sum(
            key.rsplit("/", 1)[-1][:6].isdecimal() and key.endswith(".json")
            for key in self.bucket.keys(f"{name}/ws/pages/")
        )

    def lost(self, name: str) -> int:
        """Pages that were asked for and have no record: in flight when something died."""
        return len(self.witness.look().pages) - self.page_records(name)


def open_site(folder: Path, *, team: bool) -> Site:
    """Start a site in a folder: all but the workers."""
    ports = {name: free_port() for name in ("server", "s3", "model", "redis")}
    foreign = ("PREFECT_", "OLMOCR_", "SITE_", "AWS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment = {
        **kept,
        **CREDENTIALS,
        **QUICK_SERVER,
        "PREFECT_API_URL": f"http://127.0.0.1:{ports['server']}/api",
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_HOME": str(folder / "prefect"),
        "OLMOCR_HOME": str(folder / "home"),
        "OLMOCR_STORAGE__SCRATCH": str(folder / "scratch"),
        "OLMOCR_STORAGE__WORKSPACE__ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
    }
    crew = Crew(folder / "logs", uuid.uuid4().hex, environment)
    api = PrefectApi(f"http://127.0.0.1:{ports['server']}", AUTH)
    witness = Witness(folder / "witness.jsonl")
    site = Site(crew, api, Bucket(ports["s3"], ""), witness, ports, team)
    try:
        site.start_server(wait=False)
        site.bucket = start_store(crew, ports["s3"])
        site.start_model()
        wait_for("the Prefect server", api.healthy, START_SECONDS)
    except BaseException as error:
        tails = crew.tails()
        crew.end()
        raise AssertionError(f"the site did not start: {error!r}\n{tails}") from error
    return site
