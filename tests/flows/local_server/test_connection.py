"""Which Prefect server a process uses: the configured one, else the local one."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from flows.local_server.connection import (
    find_configured_api,
    use_ephemeral_server,
    use_or_start_server,
    use_running_server,
)
from olmocr_core.domain.errors import RunError

NAMES = (
    "PREFECT_API_URL",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_PROFILE",
    "PREFECT_HOME",
    "OLMOCR_HOME",
    "XDG_STATE_HOME",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with nothing set; what is set in the test is undone."""
    for name in NAMES:
        # Set first: what the code sets is then put back after the test, whether the variable was there or not.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write_profiles(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profiles.toml").write_text(text)


PROFILES = """
active = "work"
[profiles.work]
PREFECT_API_URL = "http://work:4200/api"
[profiles.other]
PREFECT_API_URL = "http://other:4200/api"
[profiles.local]
"""


def test_a_person_without_prefect_has_no_api(home: Path) -> None:
    assert find_configured_api() is None


def test_the_environment_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profiles(home / ".prefect", PROFILES)
    monkeypatch.setenv("PREFECT_API_URL", "http://env:4200/api")
    assert find_configured_api() == "http://env:4200/api"


def test_the_active_profile_counts(home: Path) -> None:
    write_profiles(home / ".prefect", PROFILES)
    assert find_configured_api() == "http://work:4200/api"


@pytest.mark.parametrize(("profile", "api"), [("other", "http://other:4200/api"), ("local", None), ("missing", None)])
def test_a_profile_can_be_chosen(home: Path, monkeypatch: pytest.MonkeyPatch, profile: str, api: str | None) -> None:
    write_profiles(home / ".prefect", PROFILES)
    monkeypatch.setenv("PREFECT_PROFILE", profile)
    assert find_configured_api() == api


def test_prefects_home_may_be_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profiles(home / "elsewhere", PROFILES)
    monkeypatch.setenv("PREFECT_HOME", "~/elsewhere")
    assert find_configured_api() == "http://work:4200/api"


@pytest.mark.parametrize("text", ["active = ", "", 'active = "gone"', "[profiles]"])
def test_profiles_that_say_nothing_are_no_api(home: Path, text: str) -> None:
    write_profiles(home / ".prefect", text)
    assert find_configured_api() is None


def test_a_configured_api_is_used_as_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://team:4200/api")
    assert use_running_server() == "http://team:4200/api"
    shown = io.StringIO()
    assert use_or_start_server(Console(file=shown)) == "http://team:4200"
    assert shown.getvalue() == ""
    assert "NO_PROXY" not in os.environ


@pytest.mark.parametrize(
    ("configured", "found"), [("http://127.0.0.1:4201/api/", "olmocr:x"), ("http://team:4200/api", None)]
)
def test_only_this_machines_server_is_given_its_auth_string(
    home: Path, monkeypatch: pytest.MonkeyPatch, configured: str, found: str | None
) -> None:
    monkeypatch.setenv("OLMOCR_HOME", str(home))
    (home / "server.json").write_text('{"pid": 1, "url": "http://127.0.0.1:4201"}')
    (home / "auth").write_text("olmocr:x\n")
    monkeypatch.setenv("PREFECT_API_URL", configured)
    use_running_server()
    assert os.environ.get("PREFECT_API_AUTH_STRING") == found


def test_a_profiles_auth_string_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_HOME", str(home))
    (home / "server.json").write_text('{"pid": 1, "url": "http://127.0.0.1:4201"}')
    (home / "auth").write_text("olmocr:x\n")
    profile = 'PREFECT_API_URL = "http://127.0.0.1:4201/api"\nPREFECT_API_AUTH_STRING = "mine:x"\n'
    write_profiles(home / ".prefect", f'active = "work"\n[profiles.work]\n{profile}')
    use_running_server()
    assert "PREFECT_API_AUTH_STRING" not in os.environ


def test_neither_a_configured_api_nor_a_local_server(home: Path) -> None:
    with pytest.raises(RunError, match="start one with `make server`"):
        use_running_server()


def test_an_ephemeral_server_comes_before_a_configured_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"):
        monkeypatch.setenv(name, "60")
    monkeypatch.setenv("PREFECT_API_URL", "http://team:4200/api")
    use_ephemeral_server()
    assert "PREFECT_API_URL" not in os.environ
    assert os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == "true"
    assert os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] == "60"


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_local_server_is_started_once_and_found_again(
    prefect_api: str, prefect_auth: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLMOCR_HOME", os.environ["SESSION_STATE"])
    monkeypatch.setenv("NO_PROXY", "example.com")
    shown = io.StringIO()
    url = use_or_start_server(Console(file=shown))
    assert f"{url}/api" == prefect_api == os.environ["PREFECT_API_URL"]
    assert (
        shown.getvalue() == f"Prefect UI: {url} (it asks for the auth string that `olmocr-flows server auth` prints)\n"
    )
    assert os.environ["PREFECT_API_AUTH_STRING"] == prefect_auth != ""
    assert os.environ["NO_PROXY"] == "example.com,127.0.0.1,localhost"
    monkeypatch.delenv("PREFECT_API_URL")
    assert use_running_server() == prefect_api
