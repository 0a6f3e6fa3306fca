"""The command ``worker`` where it cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLMOCR_HOME", "PREFECT_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_a_night_needs_two_places(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker", "cpu", "--limit", "1"]) == 2
    assert "needs 2 at least" in capsys.readouterr().err


def test_a_worker_needs_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker", "gpu"]) == 1
    assert "no Prefect server: start one" in capsys.readouterr().err
