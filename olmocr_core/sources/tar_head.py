"""Telling a tar archive by its first bytes."""

from __future__ import annotations

import tarfile
import zlib

BLOCK = 512
GZIP = b"\x1f\x8b"


def is_tar(head: bytes) -> bool:
    """Whether a file's first few KB are those of a tar archive, gzipped or not."""
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
