"""What happens before the flow starts: settings checked, the workspace found, Prefect told where results go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.cli.execute_run import RunRequest, execute_run, results_folder
from flows.cli.main import main
from olmocr_core.domain.errors import UsageError
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.runs import Workspace


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "rendre.encoding=png"],
        ["--set", "render.encoding=bmp"],
        ["--formats", "dolma,pdf"],
        ["--pages-per-task", "none"],
        ["--engine", "server"],
        ["--profile", "no-such-profile.toml"],
        ["--workspace", "gs://bucket/x"],
    ],
)
def test_what_cannot_work_is_said_before_a_server_starts(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a server was started for a run that cannot work")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flows.local_server.connection.ensure_server", never)
    monkeypatch.setenv("OLMOCR_PROFILE", "")
    assert main(["run", "a.pdf", *arguments]) == 2
    assert capsys.readouterr().err.startswith("olmocr-flows: ")
    assert list(tmp_path.iterdir()) == []


def test_a_profile_is_read_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_PROFILE", "")
    profile = tmp_path / "profile.toml"
    profile.write_text("[render]\nencoding = 'bmp'\n")
    with pytest.raises(UsageError, match=r"render\.encoding.*profile\.toml"):
        execute_run(RunRequest(("a.pdf",), str(tmp_path / "ws"), profile=str(profile)))
    assert os.environ["OLMOCR_PROFILE"] == str(profile)


def test_results_lie_in_a_local_workspace_and_else_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: ObjectPath
) -> None:
    monkeypatch.setenv("OLMOCR_HOME", str(tmp_path / "state"))
    assert results_folder(Workspace(tmp_path)) == tmp_path / "results"
    stored, other = (results_folder(Workspace(bucket / name)) for name in ("one", "two"))
    assert stored.parent == other.parent == tmp_path / "state" / "results"
    assert stored != other
