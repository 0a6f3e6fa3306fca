"""The command and the environment of the Prefect servers that this project starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flows.local_server.auth import configured_auth, read_or_make_auth

START_COMMAND = (sys.executable, "-m", "tasks.prefect_compat.sqlite_server", "server", "start")
# Measured: batched recording takes a third of the server's CPU, and records lag by seconds, not by minutes.
# The only place of these settings; infra/server.env is a copy that a test compares.
SERVER_ENVIRONMENT = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    # Events are half of the database. Orphans are logs and artifacts of flow runs that maintenance has deleted.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,orphans",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    # In a file. In memory, the default, a restarted server would have forgotten which night holds the concurrency limit.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Relative. By default the pages of a server on another port, or behind a proxy, would ask port 4200 on the loopback.
    "PREFECT_UI_API_URL": "/api",
    # A page of another origin can send a form; it cannot read the token that every change needs.
    "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
}


def server_environment(folder: Path, url: str) -> dict[str, str]:
    """The environment of a server that keeps its state in a folder.

    ``url`` begins links in notifications, unless PREFECT_UI_URL says how people reach the server. Its own origin is the
    only one that may read answers. The auth string is the environment's, else the folder's own.
    """
    own = {"PREFECT_UI_URL": url, "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": url, **SERVER_ENVIRONMENT}
    environment = {**own, **os.environ, "PREFECT_HOME": str(folder / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    environment.setdefault("PREFECT_SERVER_API_AUTH_STRING", configured_auth() or read_or_make_auth(folder))
    return environment
