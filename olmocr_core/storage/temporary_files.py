"""Temporary files and folders that do not outlive their process, even if it is killed."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from olmocr_core.storage.full_disk import explain_full_disk

# A folder is locked right after its creation; a young one may not be locked yet.
_YOUNG_SECONDS = 60.0
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_unnamed_file() -> Iterator[tuple[Path, BinaryIO]]:
    """Open an empty unnamed file within the block, with a path by which only this process can open it again."""
    with explain_full_disk(tempfile.gettempdir()), tempfile.TemporaryFile(prefix="olmocr-") as file:
        yield Path(f"/proc/self/fd/{file.fileno()}"), cast(BinaryIO, file)


@contextlib.contextmanager
def temporary_folder(prefix: str, young_seconds: float = _YOUNG_SECONDS) -> Iterator[Path]:
    """Create a folder for the block, after removing older ones with this prefix whose processes were killed."""
    remove_abandoned(prefix, young_seconds)
    with explain_full_disk(tempfile.gettempdir()):
        created = tempfile.TemporaryDirectory(prefix=prefix)
    with created as folder, _opened(Path(folder)) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Path(folder)


def remove_abandoned(prefix: str, young_seconds: float = _YOUNG_SECONDS) -> None:
    """Remove the unlocked temporary folders with this prefix; log those that cannot be removed."""
    for folder in temporary_path("").glob(f"{prefix}*"):
        try:
            if _is_abandoned(folder, young_seconds):
                shutil.rmtree(folder)
        except FileNotFoundError:
            continue  # another process removed it first
        except OSError as error:
            _log.warning("cannot remove %s, which a killed process left behind: %s", folder, error)


def temporary_path(name: str) -> Path:
    """The path of a name in the folder for temporary files."""
    return Path(tempfile.gettempdir()) / name


def is_unlocked(folder: Path) -> bool:
    """Whether no process holds the lock of a folder. Raises OSError if it cannot be opened."""
    with _opened(folder) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _is_abandoned(folder: Path, young_seconds: float) -> bool:
    found = folder.lstat()
    if found.st_uid != os.geteuid() or time.time() - found.st_mtime < young_seconds:
        return False
    return is_unlocked(folder)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
