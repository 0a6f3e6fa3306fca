"""The auth string of this machine's server: random, private, and one for everybody who starts at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.local_server.auth import configured_auth, read_auth, read_or_make_auth


def test_it_is_made_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    assert read_auth(tmp_path) == ""
    made = read_or_make_auth(tmp_path)
    assert made.startswith("olmocr:")
    assert len(made) > 30
    assert read_or_make_auth(tmp_path) == read_auth(tmp_path) == made
    assert (tmp_path / "auth").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["auth"]


def test_no_two_folders_share_one(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    assert len({read_or_make_auth(folder) for folder in folders}) == 2


def test_all_who_start_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read_or_make_auth, [tmp_path] * 64))) == 1


def test_the_environments_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    assert configured_auth() == ""
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "server:x")
    assert configured_auth() == "server:x"
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "client:x")
    assert configured_auth() == "client:x"
