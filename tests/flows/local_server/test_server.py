"""Where the local server lives and what is noted of it, without starting one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flows.local_server import server
from flows.local_server.server import LocalServer, find_running_server, state_folder, stop_server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with nothing set."""
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_HOME", "OLMOCR_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_servers_state_lies_in_a_folder_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state_folder() == home / ".local/state/olmocr-flows"
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "xdg"))
    assert state_folder() == home / "xdg" / "olmocr-flows"
    monkeypatch.setenv("OLMOCR_HOME", "~/mine")
    assert state_folder() == home / "mine"


def test_nothing_runs_where_nothing_was_started(home: Path) -> None:
    assert find_running_server() is None
    assert stop_server() is False


def known(home: Path, pid: int) -> None:
    folder = home / ".local/state/olmocr-flows"
    folder.mkdir(parents=True)
    (folder / "server.json").write_text(json.dumps({"pid": pid, "url": "http://127.0.0.1:9"}))


def test_a_process_that_took_over_the_number_is_left_alone(home: Path) -> None:
    known(home, os.getpid())
    assert stop_server() is False


def test_a_stranger_that_answers_where_ours_once_did_is_not_ours(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "responds", lambda url: True)
    known(home, os.getpid())
    assert find_running_server() is None


def test_a_server_that_does_not_answer_is_not_running(home: Path) -> None:
    known(home, os.getpid())
    assert find_running_server() is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', "[]"])
def test_a_damaged_note_counts_as_none(home: Path, text: str) -> None:
    known(home, 1)
    (home / ".local/state/olmocr-flows/server.json").write_text(text)
    assert find_running_server() is None
    assert stop_server() is False


def test_the_api_lies_under_the_ui() -> None:
    assert LocalServer(pid=1, url="http://127.0.0.1:4200").api_url == "http://127.0.0.1:4200/api"
