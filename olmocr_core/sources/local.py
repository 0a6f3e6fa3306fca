"""Open local files safely: a pipe or a device never blocks a run."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.settings import Limits

# Enough to unzip the first block of a tar archive, and to recognise a PDF or an image.
HEAD = 4096


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. Raises UnreadableDocument for pipes, devices and folders, which could block."""
    stream = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)), "rb")  # noqa: SIM115, PTH123
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise UnreadableDocument("it is a pipe, device or folder, not a regular file")


def read_head(path: Path) -> bytes:
    """Read the first 4 KB of a regular file."""
    with open_regular(path) as stream:
        return stream.read(HEAD)


def check_size(size: int, limits: Limits) -> None:
    """Raise UnreadableDocument for a file that is empty or over ``limits.max_file_mb``."""
    if size == 0:
        raise UnreadableDocument("the file is empty")
    if size > limits.max_file_mb << 20:
        raise UnreadableDocument(
            f"the file has {size >> 20} MB, more than the {limits.max_file_mb} MB that limits.max_file_mb allows"
        )
