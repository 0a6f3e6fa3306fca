"""A release that cannot be made changes nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from scripts.release import release
from scripts.release.version import read_version

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of two files, which stands for the project's."""
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [9.0.0]\n\n### Added\n\n- A thing.\n")
    monkeypatch.setattr(release, "REPOSITORY", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("version", "said"), [("9.9.9", "no heading `## [9.9.9]"), ("9.0.0", "begin with `### Upgrade notes`")]
)
def test_a_version_that_the_changelog_does_not_hold(
    checkout: Path, version: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_version(checkout / "pyproject.toml")
    monkeypatch.setattr(sys, "argv", ["release", version])
    assert release.main() == 1
    assert said in capsys.readouterr().err
    assert read_version(checkout / "pyproject.toml") == before
    assert not (checkout / "dist").exists()
