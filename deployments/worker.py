"""``python -m deployments.worker cpu|gpu``: a worker for a pool, on the Prefect server that is configured."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deployments.site import load_site
from flows.local_server.server import use_found_server
from olmocr_core.domain.errors import OlmocrError

# A night waits in its place for its shards: with one place alone it would wait for itself.
PLACES = {"cpu": 4, "gpu": 1}


def main(argv: Sequence[str] | None = None) -> int:
    """Become the worker; comes back only with an error's exit code."""
    parser = argparse.ArgumentParser(prog="worker", description="A Prefect worker that finds this project's code.")
    parser.add_argument("pool", choices=tuple(PLACES))
    parser.add_argument("--limit", type=int, help="flow runs at once (cpu: 4, gpu: 1)")
    parser.add_argument("--name", help="name in the UI (default: the pool and the machine)")
    arguments = parser.parse_args(argv)
    if arguments.pool == "cpu" and arguments.limit == 1:
        parser.error("--limit: a night waits for shards on the same pool, so it needs 2 at least")
    try:
        use_found_server()
        site = load_site()
    except OlmocrError as error:
        sys.stderr.write(f"worker: {error}\n")
        return error.exit_code
    name = arguments.name or f"{arguments.pool}-{os.uname().nodename}"
    command = [
        sys.executable,
        "-m",
        "tasks.prefect_compat.worker_patch",
        "worker",
        "start",
        "--pool",
        arguments.pool,
        "--name",
        name,
    ]
    command += ["--type", site.pool_type, "--limit", str(arguments.limit or PLACES[arguments.pool])]
    return os.execve(sys.executable, command, worker_environment())


def worker_environment() -> dict[str, str]:
    """The environment of a worker: flow runs get this Python as ``python``, and are looked for every 5 seconds."""
    here = str(Path(sys.executable).parent)
    environment = {"PREFECT_WORKER_QUERY_SECONDS": "5", "DO_NOT_TRACK": "1", **os.environ}
    return {**environment, "PATH": os.pathsep.join((here, environment.get("PATH", os.defpath)))}


if __name__ == "__main__":
    sys.exit(main())
