"""Temporary files and folders after their process was killed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from olmocr_core.storage.temporary_files import open_unnamed_file, temporary_folder

OLD = (1, 1)
OWNER = """
import sys
from olmocr_core.storage.temporary_files import open_unnamed_file, temporary_folder
with temporary_folder("olmocr-test-") as folder, open_unnamed_file() as (path, file):
    (folder / "part").write_text("half")
    file.write(b"half")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def tmpdir_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def owner() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def folder_of(owner: subprocess.Popen[str]) -> Path:
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    os.utime(folder, OLD)
    return folder


def test_folders_of_killed_processes_are_removed_by_the_next_one(owner: subprocess.Popen[str], tmp_path: Path) -> None:
    folder = folder_of(owner)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert list(tmp_path.iterdir()) == [folder], "a file without a name leaves nothing"
    with temporary_folder("olmocr-test-") as other:
        assert list(tmp_path.iterdir()) == [other]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_stays_however_old_it_is(owner: subprocess.Popen[str], tmp_path: Path) -> None:
    folder = folder_of(owner)
    with temporary_folder("olmocr-test-"):
        assert (folder / "part").read_text() == "half"
    owner.communicate("")
    assert owner.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["olmocr-test-young", "olmocr-other-old", "olmocr-test-file"])
def test_folders_that_may_be_in_use_stay(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    place = tmp_path / name
    if name.endswith("file"):
        place.write_text("no folder")
    else:
        place.mkdir()
    if not name.endswith("young"):
        os.utime(place, OLD)
    with caplog.at_level(logging.WARNING), temporary_folder("olmocr-test-"):
        assert place.exists()
    assert ("cannot remove" in caplog.text) == name.endswith("file")


def test_an_unnamed_file_can_be_reopened(tmp_path: Path) -> None:
    with open_unnamed_file() as (path, file):
        file.write(b"some bytes")
        file.flush()
        assert path.stat().st_size == 10
        assert [path.read_bytes() for _ in range(2)] == [b"some bytes"] * 2
        assert list(tmp_path.iterdir()) == []
