"""The command ``deploy`` where it cannot work; tests/deployments/test_deploy.py has it work."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OLMOCR_HOME", "PREFECT_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_an_unknown_part_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "pools", "clouds"]) == 2
    assert (
        capsys.readouterr().err == "olmocr-flows: clouds: name some of pools, flows, automations, or nothing for all\n"
    )


def test_without_a_server_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy"]) == 1
    assert "no Prefect server: start one" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
