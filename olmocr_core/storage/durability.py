"""What survives a power cut: everything that was written before ``sync_filesystem`` returned.

A rename is cheap to make durable before the data of the file is: after a cut, a file system may hold the name and no bytes. So
whatever names other files (a manifest, a ledger, the state of a stage) is written after this.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from olmocr_core.storage.paths import AnyPath


def sync_filesystem(folder: AnyPath) -> None:
    """Write everything that the file system of a folder has in memory to its device.

    One call for thousands of files, where a call for each would wait for the device each time. Does nothing for a folder that
    does not exist yet, and for a store, which answers when data is safe. Raises OSError.
    """
    if not isinstance(folder, Path) or not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if _LIBC.syncfs(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def place_durably(temporary: Path, target: Path) -> None:
    """Give a complete local file its name, in a folder that is made where it is missing; both then survive a power cut.

    Raises OSError.
    """
    sync_path(temporary, os.O_RDWR)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        sync_path(target.parent.parent)
    temporary.replace(target)
    sync_path(target.parent)


def sync_path(path: Path, flags: int = os.O_RDONLY) -> None:
    """Write what the file system has in memory of one file or folder to its device. Raises OSError."""
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_LIBC = ctypes.CDLL(None, use_errno=True)
