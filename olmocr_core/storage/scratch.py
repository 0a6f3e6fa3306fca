"""Local copies of documents that lie in an object store: by content, bounded, shared by the processes of a machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from olmocr_core.domain.settings import Storage

_TEMPORARY = ".tmp"
# What was asked for so lately may be waiting for its worker: it stays, whatever the folder's size.
_YOUNG_SECONDS = 900.0
_ABANDONED_SECONDS = 86_400.0


class ScratchFolder:
    """Files ``<folder>/<aa>/<doc_id>``. The one used longest ago goes first; times of use are access times that we set."""

    def __init__(self, folder: Path, limit_bytes: int, young_seconds: float = _YOUNG_SECONDS) -> None:
        self.folder = folder
        self._limit = limit_bytes
        self._young = young_seconds
        # A tenth of the limit may come in before the folder is looked through again.
        self._unchecked = limit_bytes

    def get(self, doc_id: str, size: int) -> Path | None:
        """The copy, marked as used now; None where there is none of that size."""
        path = self.path(doc_id)
        try:
            found = path.stat()
            if found.st_size != size:
                return None
            # The modification time stays: workers tell by it that they read the file that was meant.
            os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))
        except FileNotFoundError:
            return None
        return path

    @contextlib.contextmanager
    def incoming(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A new file to write to and read back; it is gone when the block ends, unless ``keep`` took it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f".incoming-{secrets.token_hex(8)}{_TEMPORARY}"
        try:
            with path.open("x+b") as stream:
                yield path, stream
        finally:
            path.unlink(missing_ok=True)

    def keep(self, incoming: Path, doc_id: str) -> Path:
        """Take a complete file in under its identity; the same file from another process may be there already."""
        path = self.path(doc_id)
        path.parent.mkdir(exist_ok=True)
        size = incoming.stat().st_size
        if self.get(doc_id, size) is None:
            incoming.replace(path)
            self._unchecked += size
        if self._unchecked > self._limit / 10:
            self._unchecked = 0
            self.trim()
        return path

    def path(self, doc_id: str) -> Path:
        """Where the copy of a document lies, if it is there."""
        if not (len(doc_id) == 64 and set(doc_id) <= set("0123456789abcdef")):
            raise ValueError(f"{doc_id!r} is no identity of a document")
        return self.folder / doc_id[:2] / doc_id

    def trim(self) -> None:
        """Remove what was used longest ago until the rest fits, and what died half-written a day ago."""
        now = time.time()
        found = sorted(self._files())
        total = sum(size for _, size, _ in found)
        for used, size, path in found:
            abandoned = path.name.endswith(_TEMPORARY)
            if abandoned and now - used < _ABANDONED_SECONDS:
                continue
            if abandoned or (total > self._limit and now - used >= self._young):
                path.unlink(missing_ok=True)
                total -= size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for path in self.folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                if path.is_file():
                    yield found.st_atime, found.st_size, path


def open_scratch(settings: Storage) -> ScratchFolder:
    """The scratch folder that settings name; by default one in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    folder = Path(settings.scratch) if settings.scratch else cache / "olmocr-flows" / "documents"
    return ScratchFolder(folder.expanduser().absolute(), int(settings.scratch_gb * 1e9))
