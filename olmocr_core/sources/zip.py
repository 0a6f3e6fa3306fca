"""Zip archives: the directory at the end is read first, then one member after the other."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.archive_budget import ArchiveBudget
from olmocr_core.sources.found import Found, problem
from olmocr_core.sources.local import open_regular
from olmocr_core.sources.members import Member, read_members
from olmocr_core.storage.os_errors import raise_fault
from olmocr_core.storage.paths import AnyPath

SUFFIXES = (".zip",)
# RuntimeError: a password, or a compression that this Python lacks.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError, struct.error)
_FIRST = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_END_BYTES = 65_557
_ZIP64_LOCATOR = b"PK\x06\x07"
# Names of members are shorter on the whole.
_MOST_ENTRY_BYTES = 1000


def matches(head: bytes) -> bool:
    """Whether the first few KB of a file are those of a zip archive; office documents are such archives, too."""
    return head.startswith((_FIRST, _EMPTY))


def read(path: Path, source: Source, prefix: str, inputs_folder: AnyPath, limits: Limits) -> Iterator[Found]:
    """Read the documents of an archive, copied to ``inputs_folder``; their names start with ``prefix``.

    An archive that is damaged or over a limit gives what came before and one problem for the rest. Raises SourceAway for one
    that cannot be read now.
    """
    try:
        with open_regular(path) as raw:
            _check_directory(raw, limits)
            budget = ArchiveBudget(os.fstat(raw.fileno()).st_size, limits)
            with zipfile.ZipFile(raw) as archive:
                yield from read_members(_members(archive), source, prefix, inputs_folder, budget)
    except DocumentError as error:
        yield problem(source, error)
    except _DAMAGE as error:
        raise_fault(error, str(path))
        yield problem(
            source, UnreadableDocument(f"the archive is damaged or has a password, the rest is lost: {error}")
        )


def _members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        is_regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        yield Member(info.filename, info.file_size, info.is_dir(), is_regular, partial(archive.open, info))


def _check_directory(raw: BinaryIO, limits: Limits) -> None:
    """Raise UnreadableDocument for a directory that is larger than the members that may be read: it is read as a whole."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(0, size - _END_BYTES))
    end = raw.read(_END_BYTES)
    raw.seek(0)
    place = end.rfind(_EMPTY)
    if place < 0 or len(end) < place + 20:
        return
    directory = struct.unpack_from("<I", end, place + 12)[0]
    # A larger one stands in a record of its own: such archives hold millions of members, or terabytes.
    too_large = end.rfind(_ZIP64_LOCATOR, 0, place) >= 0 and directory == 0xFFFFFFFF
    if too_large or directory > limits.archive_members * _MOST_ENTRY_BYTES:
        raise UnreadableDocument(
            f"the archive has more than {limits.archive_members} members (limits.archive_members); none is read"
        )
