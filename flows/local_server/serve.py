"""``python -m flows.local_server.serve``: the Prefect server of one machine in the foreground, on SQLite."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from flows.local_server.server import note_server, server_environment
from olmocr_core.domain.errors import OlmocrError


def main(argv: Sequence[str] | None = None) -> int:
    """Become the server; comes back only with an error's exit code."""
    parser = argparse.ArgumentParser(prog="serve", description="A Prefect server for one machine.")
    parser.add_argument("--host", default="127.0.0.1", help="other than the loopback only with PREFECT_API_AUTH_STRING")
    parser.add_argument("--port", type=int, default=4200)
    arguments = parser.parse_args(argv)
    if trouble := open_to_everybody(arguments.host):
        parser.error(trouble)
    url = f"http://{reachable(arguments.host)}:{arguments.port}"
    try:
        folder = note_server(url)
    except OlmocrError as error:
        sys.stderr.write(f"serve: {error}\n")
        return error.exit_code
    sys.stdout.write(f"Prefect UI: {url}\nDatabase:   {folder / 'prefect'}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", arguments.host]
    return os.execve(sys.executable, [*command, "--port", str(arguments.port)], server_environment(folder, url))


def open_to_everybody(host: str) -> str | None:
    """Why a server may not listen there: whoever reaches its API can run code on every worker. None when it may."""
    closed = host in ("127.0.0.1", "localhost", "::1")
    if closed or os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        return None
    return f"HOST={host} lets everybody run code on your workers; set PREFECT_API_AUTH_STRING=user:password first"


def reachable(host: str) -> str:
    """The address under which this machine's own processes find a server that listens on ``host``."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


if __name__ == "__main__":
    sys.exit(main())
