"""Runs a Prefect worker for one of the project's pools."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from deployments.site import load_site
from flows.local_server.connection import use_running_server
from olmocr_core.domain.errors import UsageError
from tasks.prefect_compat import DRAINS

# Flow runs at once. A night holds a place while it waits for its shards: with one place it would wait for itself.
LIMITS = {"cpu": 4, "gpu": 1}
# Workers of these pools finish what they run when they are told to end: a shard takes minutes, and its machine may be lent.
# A night takes hours, and goes on without its worker.
DRAINED = ("gpu",)


def run_worker(pool: str, limit: int | None = None, name: str | None = None) -> NoReturn:
    """Become a worker for a pool: this process is replaced.

    ``limit`` counts flow runs at once, ``name`` is shown in the UI. Raises UsageError for a limit that cannot work,
    RunError when there is no server.
    """
    if pool == "cpu" and limit == 1:
        raise UsageError("--limit: a night waits for shards on the same pool, so the pool cpu needs 2 at least")
    use_running_server()
    command = [sys.executable, "-m", "tasks.prefect_compat.worker_patch", *([DRAINS] if pool in DRAINED else [])]
    command += ["worker", "start", "--pool", pool, "--name", name or f"{pool}-{os.uname().nodename}"]
    command += ["--type", load_site().pool_type, "--limit", str(limit or LIMITS[pool])]
    # On SIGTERM Prefect's worker sends itself SIGINT, which whatever a script starts in the background ignores.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execve(sys.executable, command, worker_environment())


def worker_environment() -> dict[str, str]:
    """The environment of a worker: its flow runs find this Python as ``python``, and it asks for work every 5 seconds."""
    here = str(Path(sys.executable).parent)
    environment = {"PREFECT_WORKER_QUERY_SECONDS": "5", "DO_NOT_TRACK": "1", **os.environ}
    return {**environment, "PATH": os.pathsep.join((here, environment.get("PATH", os.defpath)))}
