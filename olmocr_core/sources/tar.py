"""Tar archives: read once from front to back, in bounded memory."""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.archive_budget import ArchiveBudget
from olmocr_core.sources.found import Found, problem
from olmocr_core.sources.local import open_regular
from olmocr_core.sources.members import Member, read_members
from olmocr_core.storage.os_errors import raise_fault
from olmocr_core.storage.paths import AnyPath

SUFFIXES = (".tar.gz", ".tgz", ".tar")
BLOCK = 512
GZIP = b"\x1f\x8b"
# The limit for headers between two members: extended headers, long names, maps of holes.
_HEADER_BYTES = 4 << 20
# tarfile calls itself for each extended header, so that many of them overflow Python's stack.
_DAMAGE = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, ArithmeticError, RecursionError)
# tarfile skips a member in small steps, also behind the end of the file.
_MOST_EMPTY_READS = 100


def matches(head: bytes) -> bool:
    """Whether the first few KB of a file are those of a tar archive, gzipped or not."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, BLOCK)
        except zlib.error:
            return False
    try:
        tarfile.TarInfo.frombuf(head[:BLOCK], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def read(path: Path, source: Source, prefix: str, inputs_folder: AnyPath, limits: Limits) -> Iterator[Found]:
    """Read the documents of an archive, copied to ``inputs_folder``; their names start with ``prefix``.

    An archive that is damaged, cut off or over a limit gives what came before and one problem for the rest. Raises
    SourceAway for one that cannot be read now.
    """
    try:
        with open_regular(path) as raw:
            budget = ArchiveBudget(os.fstat(raw.fileno()).st_size, limits)
            with _Archive(raw, budget) as archive:
                members = (_member(archive, info) for info in archive.members())
                yield from read_members(members, source, prefix, inputs_folder, budget)
    except DocumentError as error:
        yield problem(source, error)
    except _DAMAGE as error:
        raise_fault(error, str(path))
        yield problem(source, UnreadableDocument(f"the archive is damaged or cut off, the rest is lost: {error}"))


def _member(archive: _Archive, info: tarfile.TarInfo) -> Member:
    return Member(info.name, info.size, info.isdir(), info.isreg(), lambda: archive.open(info))


class _StrictInfo(tarfile.TarInfo):
    """Raises an error for a damaged header; tarfile takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):
                raise
            raise tarfile.ReadError(str(error)) from error


class _Meter:
    """Counts unpacked bytes: the budget stops bombs, a limit a step stops headers that need much memory."""

    def __init__(self, read: Callable[[int], bytes], budget: ArchiveBudget) -> None:
        self._read = read
        self._budget = budget
        self._total = 0
        self._step = 0
        self._empty_reads = 0

    def allow_up_to(self, offset: int) -> None:
        """Allow the unpacked archive to be read up to this offset before the next call."""
        self._step = offset

    def read(self, size: int) -> bytes:
        """Read the next bytes. Raises UnreadableDocument over a limit, EOFError for steps far behind the end."""
        data = self._read(size)
        self._total += len(data)
        self._empty_reads = 0 if data else self._empty_reads + 1
        if self._empty_reads > _MOST_EMPTY_READS:
            raise EOFError("it ends too early")
        self._budget.count_unpacked(len(data))
        if self._total > self._step:
            raise UnreadableDocument("the archive has an oversized header; the rest is lost")
        return data


class _Archive:
    """A tar archive read once from front to back, in bounded memory."""

    def __init__(self, raw: BinaryIO, budget: ArchiveBudget) -> None:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        # read1 reads ahead as little as possible: of a truncated file it returns everything before the end.
        read = gzip.GzipFile(fileobj=raw, mode="rb").read1 if zipped else raw.read
        self._meter = _Meter(read, budget)
        self._meter.allow_up_to(_HEADER_BYTES)
        self._tar = tarfile.open(  # noqa: SIM115
            fileobj=cast(IO[bytes], self._meter), mode="r|", tarinfo=_StrictInfo, errorlevel=1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._tar.close()

    def members(self) -> Iterator[tarfile.TarInfo]:
        """The members in order; each is valid until the next one is read."""
        while (member := self._tar.next()) is not None:
            # tarfile keeps every member for random access; a stream does not need them.
            cast(Any, self._tar).members.clear()
            # The offset of the next header: a member with holes is smaller than its size says.
            self._meter.allow_up_to(self._tar.offset + _HEADER_BYTES)
            yield member

    def open(self, member: tarfile.TarInfo) -> IO[bytes]:
        """Open a regular member. Raises UnreadableDocument for one without content."""
        stream = self._tar.extractfile(member)
        if stream is None:
            raise UnreadableDocument("the archive holds no bytes for it")
        return stream
