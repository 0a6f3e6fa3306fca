"""The environment of the Prefect servers that this project starts."""

from __future__ import annotations

import os
from pathlib import Path

# Measured: batched recording takes a third of the server's CPU and keeps its records seconds behind, not minutes.
# The one place of these settings: every profile of a server takes them from here (infra/server.env is its copy).
SERVER_ENVIRONMENT = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    # Events are half of the database; the logs and artifacts of flow runs that maintenance deleted go with them.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,orphans",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    # In a file: in memory, as by default, a server that is started again would have forgotten which night holds its place.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Relative: by default the pages of a server on another port, or behind a proxy, would ask port 4200 of the loopback.
    "PREFECT_UI_API_URL": "/api",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
}


def server_environment(folder: Path, url: str) -> dict[str, str]:
    """The environment for a server with its state in a folder; one auth string serves server and clients alike.

    ``url`` is what links in notifications begin with, unless PREFECT_UI_URL says how people reach it.
    """
    environment = {"PREFECT_UI_URL": url, **SERVER_ENVIRONMENT, **os.environ, "PREFECT_HOME": str(folder / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    if secret := os.environ.get("PREFECT_API_AUTH_STRING"):
        environment.setdefault("PREFECT_SERVER_API_AUTH_STRING", secret)
    return environment
