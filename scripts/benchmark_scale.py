"""A night of thousands of documents with an engine that answers at once: what Prefect, the store and the processes cost.

Real server (SQLite, or Postgres and Redis with ``--team``), real workers on ``cpu`` and ``gpu``, deployments, two nights: the
first reads everything, the second finds nothing new. Everything runs on this machine; CPU seconds and peak memory are told by
part.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
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
from tests.s3 import free_port

REPO = Path(__file__).resolve().parents[1]
START_SECONDS, NIGHT_SECONDS = 240, 4 * 3600
# Each look is a request that the server is charged with: as often as a person might reload the page.
LOOK_SECONDS = 5.0
SERVER_PARTS = ("Prefect server", "database", "Redis")


@dataclass(frozen=True, slots=True)
class Night:
    """One night's figures. ``prefect_share`` is of all CPU seconds: its server, its stores, and its code in our processes."""

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


def environment(folder: Path, port: int) -> dict[str, str]:
    """What every process gets: nothing of the caller's Prefect."""
    foreign = ("PREFECT_", "OLMOCR_", "SITE_", "AWS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(folder / "prefect"),
        "OLMOCR_HOME": str(folder / "home"),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": os.pathsep.join((str(REPO), str(REPO / "scripts" / "scale"))),
        "SCALE_PROBE": str(folder / "probe"),
        "OMP_NUM_THREADS": "1",
    }


def start_site(crew: Crew, api: PrefectApi, folder: Path, port: int, arguments: argparse.Namespace) -> None:
    """Server, deployments, one worker a pool."""
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


def one_night(crew: Crew, api: PrefectApi, folder: Path, arguments: argparse.Namespace) -> Night:
    """Start the deployment's night, wait for its end, add up. Raises AssertionError with its logs when it fails."""
    probe = folder / "probe"
    shutil.rmtree(probe, ignore_errors=True)
    probe.mkdir()
    before = _counts(api)
    size = database_mb(folder / "home")
    idle = Meter(crew.mark)
    idle.start()
    started = time.monotonic()
    run = wait_for("a night that begins", lambda: begin(api, arguments), START_SECONDS)
    state = api.ended(run, NIGHT_SECONDS, LOOK_SECONDS)
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
        database_mb=round(database_mb(folder / "home") - size, 2),
        flow_runs=after["flow_runs"] - before["flow_runs"],
        task_runs=after["task_runs"] - before["task_runs"],
        parts={name: asdict(part) for name, part in sorted(parts.items())},
    )


def begin(api: PrefectApi, arguments: argparse.Namespace) -> str:
    """The flow run's id; empty when SQLite was locked, which Prefect answers with 503 and its own client asks again."""
    try:
        return api.start_night(pages_per_shard=arguments.pages_per_shard, shards_in_flight=arguments.shards_in_flight)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            raise
        return ""


def database_mb(home: Path) -> float:
    """What the server's database occupies: the SQLite files, or Postgres' tables without its log."""
    files = list((home / "prefect").glob("prefect.db*"))
    places = [Path(path) for path in (home / "team", "/var/lib/olmocr-flows/team")]
    files += [path for place in places if place.is_dir() for path in place.rglob("base/*/*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1e6


def _counts(api: PrefectApi) -> Counter[str]:
    return Counter({name: int(api.post(f"/{name}/count", {})) for name in ("flow_runs", "task_runs")})


def _prefect_inside(probe: Path) -> float:
    """CPU seconds of Prefect's code inside the flow runs' processes, starting it included."""
    total = 0.0
    for path in probe.glob("*.json"):
        found = json.loads(path.read_text())
        owners: dict[str, float] = found["owners"]
        known = sum(owners.values()) or 1.0
        total += found["cpu_seconds"] * owners.get("prefect", 0.0) / known
    return total


def show(night: Night) -> str:
    """A night in lines for people."""
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
    parser.add_argument("--pages-per-shard", type=int, help="default: what the night chooses")
    parser.add_argument("--shards-in-flight", type=int, default=2)
    parser.add_argument(
        "--longest-side", type=int, default=1288, help="pixels; small drawings make the rest look large"
    )
    parser.add_argument("--team", action="store_true", help="Postgres and Redis instead of SQLite")
    parser.add_argument("--again", type=int, default=1, help="nights after the first one, with nothing new")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    # So that a stopped benchmark leaves no processes and no folder.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # Not below a closed home: Postgres runs as an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="olmocr-scale-"))
    folder.chmod(0o755)
    port = free_port()
    # An installed package has its bytecode; without it every flow run would compile ours again.
    for package in ("olmocr_core", "tasks", "flows"):
        compileall.compile_dir(REPO / package, quiet=1)
    crew = Crew(folder / "logs", uuid.uuid4().hex, environment(folder, port))
    api = PrefectApi(f"http://127.0.0.1:{port}")
    nights: list[Night] = []
    try:
        (folder / "probe").mkdir()
        documents = make_corpus(folder / "inbox", arguments.pages, arguments.pages_per_document)
        print(f"{documents} documents made", flush=True)
        start_site(crew, api, folder, port, arguments)
        for _ in range(1 + arguments.again):
            nights.append(one_night(crew, api, folder, arguments))
            print(show(nights[-1]), flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps([asdict(night) for night in nights], indent=2) + "\n")
    finally:
        crew.end()
        api.close()
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
