"""One real Prefect server for the whole test session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from flows.local_server.server import ensure_server, stop_server


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


@pytest.fixture
def environment(prefect_api: str) -> dict[str, str]:
    """The environment of a person whose Prefect is configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OLMOCR_"))}
    return {**kept, "PREFECT_API_URL": prefect_api, "COLUMNS": "160"}
