"""Files are on the device before what names them is written."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

import pytest

from olmocr_core.storage import durability
from olmocr_core.storage.durability import sync_filesystem


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
