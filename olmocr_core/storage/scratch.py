"""Local copies of documents from object stores: addressed by content, limited in size, shared by a machine's processes."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from olmocr_core.domain.settings import Storage
from olmocr_core.storage.full_disk import explain_full_disk

_TEMPORARY = ".tmp"
# A copy used within this time may be waiting for a worker: it stays even if the folder is too large.
_YOUNG_SECONDS = 900.0
_ABANDONED_SECONDS = 86_400.0


class ScratchFolder:
    """Files ``<folder>/<aa>/<doc_id>``, least recently used deleted first. The access time records the last use."""

    def __init__(self, folder: Path, limit_bytes: int, young_seconds: float = _YOUNG_SECONDS) -> None:
        self.folder = folder
        self._limit = limit_bytes
        self._young = young_seconds
        # The folder is scanned again after new files of a tenth of the limit.
        self._unchecked = limit_bytes

    def get(self, doc_id: str, size: int) -> Path | None:
        """Return the copy and mark it as used; None if there is none of that size."""
        path = self.path(doc_id)
        try:
            found = path.stat()
            if found.st_size != size:
                return None
            # The modification time stays: workers check it to detect a changed file.
            os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))
        except FileNotFoundError:
            return None
        return path

    @contextlib.contextmanager
    def incoming(self) -> Iterator[tuple[Path, BinaryIO]]:
        """Open a new file for writing and reading; it is deleted after the block unless ``keep`` took it."""
        path = self.folder / f".incoming-{secrets.token_hex(8)}{_TEMPORARY}"
        with explain_full_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with path.open("x+b") as stream:
                    yield path, stream
            finally:
                path.unlink(missing_ok=True)

    def keep(self, incoming: Path, doc_id: str) -> Path:
        """Store a complete file under its document's id; another process may have stored it already."""
        path = self.path(doc_id)
        with explain_full_disk(self.folder):
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
        """Return the path of a document's copy, whether or not it exists."""
        if not (len(doc_id) == 64 and set(doc_id) <= set("0123456789abcdef")):
            raise ValueError(f"{doc_id!r} is not a document id")
        return self.folder / doc_id[:2] / doc_id

    def drop(self, doc_id: str) -> None:
        """Delete a copy that is damaged."""
        self.path(doc_id).unlink(missing_ok=True)

    def trim(self) -> None:
        """Delete the least recently used files until the rest fits, and incomplete files after a day."""
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
    """Open the scratch folder of the settings; the default is in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    folder = Path(settings.scratch) if settings.scratch else cache / "olmocr-flows" / "documents"
    return ScratchFolder(folder.expanduser().absolute(), int(settings.scratch_gb * 1e9))
