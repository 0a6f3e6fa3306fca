"""The Prefect server of one machine in the foreground, on SQLite."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from flows.local_server.auth import AUTH_HINT, configured_auth
from flows.local_server.environment import START_COMMAND, server_environment
from flows.local_server.server import register_server
from olmocr_core.domain.errors import UsageError


def serve(host: str, port: int) -> NoReturn:
    """Become the server: this process is replaced.

    Raises UsageError for an address that needs an auth string, RunError when a server runs already.
    """
    check_exposure(host)
    url = f"http://{client_host(host)}:{port}"
    folder = register_server(url)
    print(f"Prefect UI: {url} ({AUTH_HINT})\nDatabase:   {folder / 'prefect'}", flush=True)
    command = [*START_COMMAND, "--host", host, "--port", str(port)]
    os.execve(sys.executable, command, server_environment(folder, url))


def check_exposure(host: str) -> None:
    """Refuse to listen beyond the loopback without an auth string: whoever reaches the API can run code on every worker.

    Raises UsageError.
    """
    closed = host in ("127.0.0.1", "localhost", "::1")
    if closed or configured_auth():
        return
    raise UsageError(
        f"HOST={host} lets everybody run code on your workers; set PREFECT_API_AUTH_STRING=user:password first"
    )


def client_host(host: str) -> str:
    """The address at which this machine's own processes find a server that listens on ``host``."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host
