"""A zip archive that is sent while it is made: nothing of it is kept."""

from __future__ import annotations

import zipfile
from io import RawIOBase


class _Sink(RawIOBase):
    """Takes what ``zipfile`` writes; it cannot be rewound, so that sizes follow the data."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.pieces.append(bytes(data))
        return len(data)


class ZipStream:
    """Each call gives the bytes of the archive that are new."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, data: bytes) -> bytes:
        """Add a file."""
        self._archive.writestr(name, data)
        return self._take()

    def finish(self) -> bytes:
        """End the archive with its directory."""
        self._archive.close()
        return self._take()

    def _take(self) -> bytes:
        pieces, self._sink.pieces = self._sink.pieces, []
        return b"".join(pieces)


def unique_name(filename: str, suffix: str, taken: set[str]) -> str:
    """The name of a file with a suffix, numbered where it is taken, also in other case; it is then taken."""
    number, name = 1, f"{filename}{suffix}"
    while name.lower() in taken:
        number += 1
        name = f"{filename} ({number}){suffix}"
    taken.add(name.lower())
    return name
