"""What ``olmocr-flows run`` makes of its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.execute_run import RunRequest
from flows.cli.flags import without_none
from flows.cli.main import main, parse
from flows.cli.run import run_request


def request(*arguments: str) -> RunRequest:
    return run_request(parse(["run", *arguments]))


def test_sources_alone_go_to_a_workspace_beside_them() -> None:
    made = request("a.pdf", "scans/")
    assert made.sources == ("a.pdf", "scans/")
    assert (made.workspace, made.engine, made.profile, made.ephemeral) == ("./workspace", None, None, False)
    assert without_none(made.settings) == {}


def test_flags_become_settings_and_the_rest_of_the_request() -> None:
    made = request(
        "a.pdf", "--workspace", "s3://b/ws", "--engine", "cpu", "--profile", "p.toml", "--ephemeral", "--workers", "2"
    )
    assert (made.workspace, made.engine, made.profile, made.ephemeral) == ("s3://b/ws", "cpu", "p.toml", True)
    assert without_none(made.settings) == {"orchestration": {"workers": 2}}


def test_a_password_in_an_address_ends_the_command_before_anything_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "a.pdf", "--workspace", str(tmp_path / "ws"), "--server", "http://user:hunter2@gpu:1/v1"]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "OLMOCR_API_KEY" in said
    assert "hunter2" not in said
    assert list(tmp_path.iterdir()) == []
