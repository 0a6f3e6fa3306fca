"""The command ``server`` where no server runs, and where one may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main
from flows.local_server.auth import read_or_make_auth


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_HOME", str(tmp_path))


def test_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "status"]) == 1
    assert main(["server", "stop"]) == 0
    assert capsys.readouterr().out == "no local server is running\n" * 2


def test_the_auth_string_is_printed_once_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    assert main(["server", "auth"]) == 1
    assert "olmocr-flows server start" in capsys.readouterr().err
    made = read_or_make_auth(tmp_path)
    assert main(["server", "auth"]) == 0
    assert capsys.readouterr().out == f"{made}\n"


def test_a_shell_is_given_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://team:4200/api")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "team:it's")
    assert main(["server", "env"]) == 0
    printed = capsys.readouterr().out
    assert (
        printed == """export PREFECT_API_URL=http://team:4200/api\nexport PREFECT_API_AUTH_STRING='team:it'"'"'s'\n"""
    )


def test_a_server_for_everybody_needs_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    assert main(["server", "serve", "--host", "0.0.0.0"]) == 2
    assert "set PREFECT_API_AUTH_STRING=user:password first" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["restart"], ["serve", "--port", "x"], ["start", "now"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["server", *arguments])
    assert ended.value.code == 2
