"""Who may be let in, and where this machine's own processes find the server."""

from __future__ import annotations

import pytest

from flows.local_server.serve import check_exposure, client_host
from olmocr_core.domain.errors import UsageError


@pytest.fixture(autouse=True)
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_loopback_needs_no_password(host: str) -> None:
    check_exposure(host)
    assert client_host(host) == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "gpu-box"])
def test_everything_else_does(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=f"HOST={host} lets everybody run code"):
        check_exposure(host)
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "team:secret")
    check_exposure(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_on_every_address_is_found_on_the_loopback(host: str) -> None:
    assert client_host(host) == "127.0.0.1"
