"""What ``run --dry-run`` prints, without a Prefect server and without a trace in the workspace."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.cli import dry_run
from flows.cli.main import main


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def test_documents_pages_and_what_cannot_be_read(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(samples / "code_and_formula.pdf", tmp_path / "in")
    (tmp_path / "in" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that is a document")
    assert main(["run", str(tmp_path / "in"), "--workspace", str(tmp_path / "ws"), "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(
        "code_and_formula.pdf" in line and "read" in line and "2, 0 of them from the cache" in line for line in lines
    )
    assert any("broken.pdf" in line and "failed: " in line for line in lines)
    assert "2 files: 2 new, 0 changed, 0 to read again, 0 unchanged" in lines
    assert "2 pages of 2 documents, 0 of them from the cache" in lines
    assert not (tmp_path / "ws" / "dataset").exists()


def test_many_documents_are_counted_and_not_listed(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dry_run, "SHOWN_DOCUMENTS", 1)
    sources = [str(samples / name) for name in ("blank.pdf", "code_and_formula.pdf", "eu-002.pdf")]
    assert main(["run", *sources, "--workspace", str(tmp_path / "ws"), "--dry-run"]) == 0
    assert "... and 2 more documents" in capsys.readouterr().out.splitlines()


def test_a_request_that_cannot_work_fails_as_the_run_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "no-such-file.pdf", "--workspace", str(tmp_path / "ws"), "--dry-run"]
    assert main(command) == 2
    assert "no-such-file.pdf" in capsys.readouterr().err
    assert main([*command, "--set", "render.dpi=3"]) == 2
    assert "render.dpi" in capsys.readouterr().err
