"""The budget of one archive: bytes, ratio, members and time, counted as they are spent and not as the archive claims."""

from __future__ import annotations

import time
from collections.abc import Callable

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.inputs import Readable

# Small archives of blank scans reach any ratio; below this many bytes it does not count.
FREE_BYTES = 64 << 20
# A member with millions of holes is joined piece by piece: small reads keep that cheap.
_MOST_AT_ONCE = 64 << 10


class ArchiveBudget:
    """Counts what reading an archive of ``packed_bytes`` costs. Once a limit is broken, each call raises UnreadableDocument.

    ``clock`` gives CPU seconds of the reading thread: a paused machine or a slow disk spends nothing.
    """

    def __init__(self, packed_bytes: int, limits: Limits, clock: Callable[[], float] = time.thread_time) -> None:
        self.limits = limits
        self._packed_bytes = packed_bytes
        self._clock = clock
        self._start = clock()
        self._members = 0
        self._unpacked = 0
        self._written = 0
        self._broken = ""

    def count_member(self) -> None:
        """Count a member, of any kind."""
        self._members += 1
        self._check()

    def count_unpacked(self, size: int) -> None:
        """Count bytes that left the decompressor, those of skipped members included."""
        self._unpacked += size
        self._check()

    def meter(self, stream: Readable) -> Readable:
        """The stream of a member, whose bytes are counted as they are read: the zeros in its holes, too."""
        return _MeteredStream(stream, self)

    def count_written(self, size: int) -> None:
        """Count bytes of members that were read."""
        self._written += size
        self._check()

    def _check(self) -> None:
        self._broken = self._broken or self._find_broken_limit()
        if self._broken:
            raise UnreadableDocument(f"{self._broken}; the rest is lost")

    def _find_broken_limit(self) -> str:
        limits, size = self.limits, max(self._unpacked, self._written)
        if self._members > limits.archive_members:
            return f"the archive has more than {limits.archive_members} members (limits.archive_members)"
        if size > limits.archive_mb << 20:
            return f"the archive unpacks to more than {limits.archive_mb} MB (limits.archive_mb)"
        if size > max(FREE_BYTES, limits.archive_ratio * self._packed_bytes):
            return f"the archive unpacks to more than {limits.archive_ratio:g} times its size (limits.archive_ratio)"
        if self._clock() - self._start > limits.archive_seconds:
            return f"the archive takes more than {limits.archive_seconds:g} CPU seconds (limits.archive_seconds)"
        return ""


class _MeteredStream:
    def __init__(self, stream: Readable, budget: ArchiveBudget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, _MOST_AT_ONCE))
        self._budget.count_written(len(data))
        return data
