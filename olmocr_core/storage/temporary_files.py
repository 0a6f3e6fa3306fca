"""Temporary files and folders that are gone when their process is, however it ended."""

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

# A folder is locked right after it was made: whoever sees it in between leaves it for later.
_YOUNG_SECONDS = 60.0
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_unnamed_file() -> Iterator[tuple[Path, BinaryIO]]:
    """An empty file for the time of the block, and a path by which this process, and no other, can open it again."""
    with tempfile.TemporaryFile(prefix="olmocr-") as file:
        yield Path(f"/proc/self/fd/{file.fileno()}"), cast(BinaryIO, file)


@contextlib.contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder for the time of the block; folders of that prefix whose processes were killed are removed before."""
    remove_abandoned(prefix)
    with tempfile.TemporaryDirectory(prefix=prefix) as folder, _opened(Path(folder)) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Path(folder)


def remove_abandoned(prefix: str) -> None:
    """Remove the temporary folders of that prefix that nobody holds a lock on; what cannot be removed is said and stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        try:
            if _is_abandoned(folder):
                shutil.rmtree(folder)
        except FileNotFoundError:
            continue  # its owner, or another who looks, was quicker
        except OSError as error:
            _log.warning("%s was left by a process that was killed, and cannot be removed: %s", folder, error)


def _is_abandoned(folder: Path) -> bool:
    found = folder.lstat()
    if found.st_uid != os.geteuid() or time.time() - found.st_mtime < _YOUNG_SECONDS:
        return False
    with _opened(folder) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
