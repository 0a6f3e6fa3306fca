"""Proof that a process of this machine has ended: a locked folder, which the kernel unlocks when its process ends.

Host names and process numbers prove nothing: containers share names, and each has process numbers of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from olmocr_core.storage.temporary_files import is_unlocked, temporary_folder, temporary_path

PREFIX = "olmocr-lease-"
# The mark of a killed process is the proof that the next one needs.
_KEPT_SECONDS = 86_400.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class LifeMark(NamedTuple):
    """The folder that a live process holds locked: its name in the folder for temporary files, its place on the disk.

    ``kernel`` is the id of the running kernel: only the one that knows the lock can tell whether it is held.
    """

    kernel: str
    folder: str
    device: int
    inode: int


@contextlib.contextmanager
def show_life() -> Iterator[LifeMark]:
    """Hold a mark for the time of the block."""
    with temporary_folder(PREFIX, _KEPT_SECONDS) as folder:
        found = folder.stat()
        yield LifeMark(_kernel(), folder.name, found.st_dev, found.st_ino)


def is_proved_dead(mark: object) -> bool:
    """Whether the process that wrote this mark, as JSON gave it back, has certainly ended. False in any doubt."""
    match mark:
        case [str(kernel), str(name), int(device), int(inode)] if kernel and kernel == _kernel():
            pass
        case _:
            return False
    if not name.startswith(PREFIX) or "/" in name:
        return False
    folder = temporary_path(name)
    try:
        found = folder.lstat()
        return (found.st_dev, found.st_ino) == (device, inode) and is_unlocked(folder)
    except OSError:
        return False


def _kernel() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
