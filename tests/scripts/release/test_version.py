"""The version is set in one place, and nothing else in the file changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.release.errors import ReleaseError
from scripts.release.version import read_version, set_version

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def pyproject(tmp_path: Path) -> Path:
    """A copy of the project's own file."""
    return Path(shutil.copy(REPO / "pyproject.toml", tmp_path))


@pytest.mark.parametrize("version", ["0.2.0", "1.0.0rc1", "10.20.30"])
def test_one_line_changes(pyproject: Path, version: str) -> None:
    set_version(pyproject, "0.0.1")
    before = pyproject.read_text().splitlines()
    set_version(pyproject, version)
    after = pyproject.read_text().splitlines()
    assert read_version(pyproject) == version
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [f'version = "{version}"']


@pytest.mark.parametrize("version", ["", "0.2", "v0.2.0", "0.2.0 ", "0.2.0-rc1", '0.2.0"'])
def test_what_is_no_version_is_not_written(pyproject: Path, version: str) -> None:
    before = pyproject.read_text()
    with pytest.raises(ReleaseError, match="is not a version"):
        set_version(pyproject, version)
    assert pyproject.read_text() == before


def test_a_file_with_two_versions_is_not_guessed_at(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('version = "1"\nversion = "2"\n')
    with pytest.raises(ReleaseError, match="2 lines"):
        set_version(file, "0.2.0")
