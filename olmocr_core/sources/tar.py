"""Tar archives: read once from front to back, in bounded memory."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.found import Skipped, problem
from olmocr_core.sources.local import open_regular
from olmocr_core.sources.members import Member, read_members
from olmocr_core.storage.paths import AnyPath

SUFFIXES = (".tar.gz", ".tgz", ".tar")
BLOCK = 512
GZIP = b"\x1f\x8b"
# The limit for headers between two members: extended headers, long names, maps of holes.
_HEADER_BYTES = 4 << 20
_DAMAGE = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError)


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


def read(
    path: Path, source: Source, prefix: str, inputs_folder: AnyPath, limits: Limits
) -> Iterator[Document | Problem | Skipped]:
    """Read the documents of an archive, copied to ``inputs_folder``; their names start with ``prefix``.

    An archive that is damaged, cut off or over a limit gives what came before and one problem for the rest.
    """
    try:
        with open_regular(path) as raw, _Archive(raw, limits) as archive:
            members = (_member(archive, info) for info in archive.members())
            yield from read_members(members, source, prefix, inputs_folder, limits)
    except DocumentError as error:
        yield problem(source, error)
    except _DAMAGE as error:
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
    """Counts unpacked bytes: a limit in total stops zip bombs, a limit a step stops headers that need much memory."""

    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        self._read = read
        self._limit = limit
        self._total = 0
        self._step = 0

    def allow(self, size: int) -> None:
        """Allow ``size`` bytes to be read before the next call."""
        self._step = self._total + size

    def read(self, size: int) -> bytes:
        """Read the next bytes. Raises UnreadableDocument over a limit."""
        data = self._read(size)
        self._total += len(data)
        if self._total > self._limit:
            raise UnreadableDocument(
                f"the archive unpacks to more than {self._limit >> 20} MB (limits.archive_mb); the rest is lost"
            )
        if self._total > self._step:
            raise UnreadableDocument("the archive has an oversized header; the rest is lost")
        return data


class _Archive:
    """A tar archive read once from front to back, in bounded memory."""

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        # read1 reads ahead as little as possible: of a truncated file it returns everything before the end.
        read = gzip.GzipFile(fileobj=raw, mode="rb").read1 if zipped else raw.read
        self._meter = _Meter(read, limits.archive_mb << 20)
        self._meter.allow(_HEADER_BYTES)
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
            self._meter.allow(max(0, member.size) + _HEADER_BYTES)
            yield member

    def open(self, member: tarfile.TarInfo) -> IO[bytes]:
        """Open a regular member. Raises UnreadableDocument for one without content."""
        stream = self._tar.extractfile(member)
        if stream is None:
            raise UnreadableDocument("the archive holds no bytes for it")
        return stream
