"""Files are on the device before what names them is written."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import pytest

from olmocr_core.storage import durability
from olmocr_core.storage.durability import place_durably, sync_filesystem


class Broken:
    """A device that cannot be written."""

    def syncfs(self, handle: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1


def test_a_folder_is_synced_and_one_that_does_not_exist_is_none(tmp_path: Path) -> None:
    sync_filesystem(tmp_path)
    sync_filesystem(tmp_path / "missing")


def test_a_device_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "_LIBC", Broken())
    with pytest.raises(OSError, match="Input/output error"):
        sync_filesystem(tmp_path)


def test_a_file_is_synced_before_it_has_its_name_and_the_folders_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    target = tmp_path / "aa" / "file"

    def note(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, target.exists()))

    monkeypatch.setattr(os, "fsync", note)
    (tmp_path / "temporary").write_bytes(b"bytes")
    place_durably(tmp_path / "temporary", target)
    assert target.read_bytes() == b"bytes"
    assert synced == [("temporary", False), (tmp_path.name, False), ("aa", True)]
