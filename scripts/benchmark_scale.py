"""Measure a nightly run of thousands of documents with an instant engine: the cost of Prefect, storage and processes.

It uses a real server (SQLite, or Postgres and Redis with ``--team``), real workers on ``cpu`` and ``gpu``, and deployments.
The first night reads everything, the second finds nothing new. Everything runs on this machine; CPU seconds and peak
memory are reported by part.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from scripts.scale.corpus import make_corpus
from scripts.scale.process_meter import Meter, Part
from tests.integration.prefect_api import PrefectApi
from tests.integration.processes import Crew, wait_for
from tests.ports import free_port

REPO = Path(__file__).resolve().parents[1]
START_SECONDS, NIGHT_SECONDS = 240, 4 * 3600
# Each poll is a request to the measured server: poll as often as a person might reload the page.
POLL_SECONDS = 5.0
SERVER_PARTS = ("Prefect server", "database", "Redis")


@dataclass(frozen=True, slots=True)
class Night:
    """The figures of one night. ``prefect_share`` of all CPU is that of its server, stores, and code in our processes."""

    server: str
    pages: int
    documents: int
    seconds: float
    cpu_seconds: float
    prefect_share: float
    server_share: float
    database_mb: float
    flow_runs: int
    task_runs: int
    parts: dict[str, dict[str, float]]


def make_environment(folder: Path, port: int) -> dict[str, str]:
    """Build the environment of all processes, without the caller's Prefect settings."""
    foreign = ("PREFECT_", "OLMOCR_", "SITE_", "AWS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_API_AUTH_STRING": f"scale:{secrets.token_urlsafe()}",
        "PREFECT_HOME": str(folder / "prefect"),
        "OLMOCR_HOME": str(folder / "home"),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": os.pathsep.join((str(REPO), str(REPO / "scripts" / "scale"))),
        "SCALE_PROBE": str(folder / "probe"),
        "OMP_NUM_THREADS": "1",
    }


def start_site(crew: Crew, api: PrefectApi, folder: Path, port: int, arguments: argparse.Namespace) -> None:
    """Start the server, the deployments, and one worker for each pool."""
    team = ["-m", "infra.team.prefect_team", "--redis-port", str(free_port())]
    script = team if arguments.team else ["-m", "flows.cli", "server", "serve"]
    crew.start("server", [sys.executable, *script, "--port", port])
    wait_for("the Prefect server", api.healthy, START_SECONDS)
    options = {"render": {"longest_side": arguments.longest_side}, "orchestration": {"report_pages": 5}}
    crew.run(
        [sys.executable, "-m", "flows.cli", "deploy"],
        SITE_SOURCES=str(folder / "inbox"),
        SITE_WORKSPACE=str(folder / "ws"),
        SITE_ENGINE="instant",
        SITE_OPTIONS=json.dumps(options),
        SITE_NIGHT_ACTIVE="false",
    )
    for pool in ("cpu", "gpu"):
        crew.start(pool, [sys.executable, "-m", "flows.cli", "worker", pool])


def measure_night(crew: Crew, api: PrefectApi, folder: Path, arguments: argparse.Namespace) -> Night:
    """Start the deployment's night, wait for its end, sum up. Raises AssertionError with its logs if it fails."""
    probe = folder / "probe"
    shutil.rmtree(probe, ignore_errors=True)
    probe.mkdir()
    before = _counts(api)
    size = measure_database_mb(folder / "home")
    idle = Meter(crew.mark)
    idle.start()
    started = time.monotonic()
    run = wait_for("a night that begins", lambda: start_night(api, arguments), START_SECONDS)
    state = api.ended(run, NIGHT_SECONDS, POLL_SECONDS)
    seconds = time.monotonic() - started
    idle.stop()
    assert state["state_type"] == "COMPLETED", api.logs(run)
    parts = idle.parts()
    cpu = sum(part.cpu_seconds for part in parts.values())
    server = sum(part.cpu_seconds for name, part in parts.items() if name in SERVER_PARTS)
    inside = _prefect_inside(probe)
    worker = parts.get("Prefect worker", Part()).cpu_seconds
    after = _counts(api)
    return Night(
        server="Postgres, Redis" if arguments.team else "SQLite",
        pages=arguments.pages,
        documents=-(-arguments.pages // arguments.pages_per_document),
        seconds=round(seconds, 1),
        cpu_seconds=round(cpu, 1),
        prefect_share=round((server + worker + inside) / cpu, 4),
        server_share=round(server / cpu, 4),
        database_mb=round(measure_database_mb(folder / "home") - size, 2),
        flow_runs=after["flow_runs"] - before["flow_runs"],
        task_runs=after["task_runs"] - before["task_runs"],
        parts={name: asdict(part) for name, part in sorted(parts.items())},
    )


def start_night(api: PrefectApi, arguments: argparse.Namespace) -> str:
    """Start a flow run and return its id; empty if SQLite was locked (Prefect answers 503, its own client retries)."""
    try:
        return api.start_night(pages_per_shard=arguments.pages_per_shard, shards_in_flight=arguments.shards_in_flight)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            raise
        return ""


def measure_database_mb(home: Path) -> float:
    """The size of the server's database: the SQLite files, or the tables of Postgres without its log."""
    files = list((home / "prefect").glob("prefect.db*"))
    places = [Path(path) for path in (home / "team", "/var/lib/olmocr-flows/team")]
    files += [path for place in places if place.is_dir() for path in place.rglob("base/*/*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1e6


def _counts(api: PrefectApi) -> Counter[str]:
    return Counter({name: int(api.post(f"/{name}/count", {})) for name in ("flow_runs", "task_runs")})


def _prefect_inside(probe: Path) -> float:
    """CPU seconds of Prefect's code in the processes of flow runs, including its start."""
    total = 0.0
    for path in probe.glob("*.json"):
        found = json.loads(path.read_text())
        owners: dict[str, float] = found["owners"]
        known = sum(owners.values()) or 1.0
        total += found["cpu_seconds"] * owners.get("prefect", 0.0) / known
    return total


def format_night(night: Night) -> str:
    """Format the figures of a night."""
    per_page = 1000 * night.cpu_seconds / max(1, night.pages)
    lines = [
        f"{night.server}: {night.pages} pages in {night.documents} documents, {night.seconds} s, "
        f"{night.pages / night.seconds:.1f} pages/s, {per_page:.1f} ms of CPU a page",
        f"  Prefect {night.prefect_share:.1%} of all CPU (its server and stores {night.server_share:.1%}); "
        f"{night.flow_runs} flow runs, {night.task_runs} task runs; database +{night.database_mb} MB, "
        f"{night.database_mb * 1e6 / max(1, night.pages):.0f} MB a million pages",
    ]
    lines += [
        f"  {name:16} {part['processes']:4.0f} processes {part['cpu_seconds']:9.1f} s CPU, largest {part['peak_mb']:6.0f} MB, "
        f"together {part['peak_sum_mb']:6.0f} MB"
        for name, part in night.parts.items()
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--pages-per-document", type=int, default=20)
    parser.add_argument("--pages-per-shard", type=int, help="default: chosen by the night")
    parser.add_argument("--shards-in-flight", type=int, default=2)
    parser.add_argument(
        "--longest-side", type=int, default=1288, help="pixels; with small images, everything else weighs more"
    )
    parser.add_argument("--team", action="store_true", help="Postgres and Redis instead of SQLite")
    parser.add_argument("--again", type=int, default=1, help="further nights with nothing new")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    # A stopped benchmark must leave no processes and no folder.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # Not in a private home folder: Postgres runs under its own account.
    folder = Path(tempfile.mkdtemp(prefix="olmocr-scale-"))
    folder.chmod(0o755)
    port = free_port()
    # Installed packages have bytecode; without it every flow run would compile ours again.
    for package in ("olmocr_core", "tasks", "flows"):
        compileall.compile_dir(REPO / package, quiet=1)
    crew = Crew(folder / "logs", uuid.uuid4().hex, make_environment(folder, port))
    api = PrefectApi(f"http://127.0.0.1:{port}", crew.environment["PREFECT_API_AUTH_STRING"])
    nights: list[Night] = []
    try:
        (folder / "probe").mkdir()
        documents = make_corpus(folder / "inbox", arguments.pages, arguments.pages_per_document)
        print(f"{documents} documents made", flush=True)
        start_site(crew, api, folder, port, arguments)
        for _ in range(1 + arguments.again):
            nights.append(measure_night(crew, api, folder, arguments))
            print(format_night(nights[-1]), flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps([asdict(night) for night in nights], indent=2) + "\n")
    finally:
        crew.end()
        api.close()
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
