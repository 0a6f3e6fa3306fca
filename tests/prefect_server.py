"""One real Prefect server for the whole test session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.local_server.auth import read_auth
from flows.local_server.server import ensure_server, stop_server
from tests.server_client import ServerClient


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a Prefect server with a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        state = str(tmp_path_factory.mktemp("state"))
        patch.setenv("OLMOCR_HOME", state)
        # For tests that set a home of their own and want this server all the same.
        patch.setenv("SESSION_STATE", state)
        patch.delenv("PREFECT_API_URL", raising=False)
        server = ensure_server()
        yield server.api_url
        stop_server()


@pytest.fixture(scope="session")
def prefect_auth(prefect_api: str) -> str:
    """The auth string of that server."""
    return read_auth(Path(os.environ["SESSION_STATE"]))


@pytest.fixture
def environment(prefect_api: str, prefect_auth: str) -> dict[str, str]:
    """The environment of a person whose Prefect is configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OLMOCR_"))}
    return {**kept, "PREFECT_API_URL": prefect_api, "PREFECT_API_AUTH_STRING": prefect_auth, "COLUMNS": "160"}


@pytest.fixture
def prefect_client(prefect_api: str, prefect_auth: str) -> Iterator[ServerClient]:
    """The REST API of that server."""
    with ServerClient(prefect_api, prefect_auth) as client:
        yield client
