"""What the project's servers run with: settings that Prefect knows, and a person's own before them."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect import settings

from flows.local_server.auth import read_auth
from flows.local_server.environment import SERVER_ENVIRONMENT, server_environment


@pytest.mark.parametrize("name", [name for name in SERVER_ENVIRONMENT if name.startswith("PREFECT_")])
def test_prefect_knows_every_setting(name: str) -> None:
    # Prefect ignores names that it does not know: a setting that it renames would be lost without a word.
    assert getattr(settings, name).name == name


def test_a_persons_own_settings_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_EVENTS_RETENTION_PERIOD", "P9D")
    monkeypatch.setenv("PREFECT_UI_URL", "https://prefect.example")
    made = server_environment(tmp_path, "http://127.0.0.1:4200")
    assert made["PREFECT_SERVER_EVENTS_RETENTION_PERIOD"] == "P9D"
    assert made["PREFECT_UI_URL"] == "https://prefect.example"
    assert made["PREFECT_HOME"] == str(tmp_path / "prefect")


def test_a_server_without_a_configured_secret_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    made = server_environment(tmp_path, "http://127.0.0.1:4200")
    assert made["PREFECT_SERVER_API_AUTH_STRING"] == read_auth(tmp_path) != ""
    assert made["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4200"
    assert made["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"


def test_one_secret_serves_server_and_clients_and_no_server_is_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "team:secret")
    monkeypatch.setenv("PREFECT_API_URL", "http://other:4200/api")
    made = server_environment(Path("/state"), "http://127.0.0.1:4200")
    assert made["PREFECT_SERVER_API_AUTH_STRING"] == "team:secret"
    assert "PREFECT_API_URL" not in made
