from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from service.api_keys import make_api_key
from service.settings import is_loopback, load_service_settings


def test_flags_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_SERVE_PORT", "9000")
    monkeypatch.setenv("OLMOCR_SERVE_DATA", "/srv/olmocr")
    settings = load_service_settings({"port": "9001", "data": None})
    assert (settings.port, settings.data, settings.host) == (9001, Path("/srv/olmocr"), "127.0.0.1")


def test_they_are_no_settings_of_how_documents_are_read() -> None:
    assert load_settings(environ={"OLMOCR_SERVE_PORT": "9000"}) == load_settings(environ={})


@pytest.mark.parametrize(
    ("variables", "flags", "message"),
    [
        ({"OLMOCR_SERVE_PROT": "1"}, {}, "OLMOCR_SERVE_PROT: the service has no such setting"),
        ({"OLMOCR_SERVE_PORT": "ninety"}, {}, "environment variable OLMOCR_SERVE_PORT: .*integer"),
        ({}, {"port": "70000"}, "flag --port: .*65535"),
        ({"OLMOCR_SERVE_API_KEYS": "secret"}, {}, "environment variable OLMOCR_SERVE_API_KEYS: a key is NAME:ROLE"),
    ],
)
def test_what_is_wrong_is_named_with_its_source(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], flags: dict[str, str], message: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=message) as caught:
        load_service_settings(flags)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_beyond_the_loopback_it_needs_a_key(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=f"listens on {host} only with an API key.*--new-key"):
        load_service_settings({"host": host})
    keys = [make_api_key(name)[1] for name in ("a", "b")]
    monkeypatch.setenv("OLMOCR_SERVE_API_KEYS", ",".join(map(str, keys)))
    assert load_service_settings({"host": host}).api_keys == tuple(keys)


def test_what_the_loopback_is() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "")))
