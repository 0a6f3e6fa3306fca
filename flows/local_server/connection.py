"""Which Prefect server this process uses. Call these before Prefect is imported: it reads its settings then."""

from __future__ import annotations

import os

from rich.console import Console

from flows.local_server.auth import AUTH_HINT, read_auth
from flows.local_server.server import (
    LocalServer,
    ensure_server,
    find_registered_server,
    find_running_server,
    state_folder,
)
from olmocr_core.domain.errors import RunError
from tasks.prefect_compat.profiles import active_profile_setting


def find_configured_api() -> str | None:
    """The Prefect API that the environment or the active Prefect profile names; None when neither does."""
    return os.environ.get("PREFECT_API_URL") or active_profile_setting("PREFECT_API_URL")


def use_running_server() -> str:
    """Use the configured API, else the local server, and return the address of the API.

    Raises RunError when there is neither.
    """
    if api := find_configured_api():
        _authenticate(api)
        return api
    found = find_running_server()
    if found is None:
        raise RunError("no Prefect server: start one with `make server`, or set PREFECT_API_URL to yours")
    _use(found)
    return found.api_url


def use_or_start_server(console: Console) -> str:
    """Use the configured API, else the local server, started if need be; return the address of its UI."""
    if api := find_configured_api():
        _authenticate(api)
        return api.removesuffix("/api")
    with console.status("starting a local Prefect server (once; later runs find it)"):
        server = ensure_server()
    _use(server)
    console.print(f"Prefect UI: {server.url} ({AUTH_HINT})", soft_wrap=True)
    return server.url


def use_ephemeral_server() -> None:
    """Have Prefect start a server of its own in this process, for this process alone."""
    os.environ.pop("PREFECT_API_URL", None)
    os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")


def _authenticate(api: str) -> None:
    """Take the auth string of this machine's server if that is the one, and nobody has configured another."""
    server = find_registered_server()
    if server is None or server.api_url != api.rstrip("/") or active_profile_setting("PREFECT_API_AUTH_STRING"):
        return
    if secret := read_auth(state_folder()):
        os.environ.setdefault("PREFECT_API_AUTH_STRING", secret)


def _use(server: LocalServer) -> None:
    os.environ["PREFECT_API_URL"] = server.api_url
    _authenticate(server.api_url)
    # A proxy from the environment must never stand between this process and the loopback.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1,localhost")))
