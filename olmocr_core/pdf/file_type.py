"""Detect the type of a file by its first bytes; its name is unreliable.

Lightweight, because the main process calls it for every file it finds.
"""

from __future__ import annotations

from olmocr_core.domain.models import DocumentKind

HEAD_BYTES = 1024
"""Bytes that ``sniff_kind`` needs: PDF readers accept a header anywhere in the first kilobyte."""

_IMAGE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def sniff_kind(first_bytes: bytes) -> DocumentKind | None:
    """Return ``pdf``, ``image`` or None, by the first ``HEAD_BYTES`` bytes.

    Images are PNG, JPEG, TIFF (BigTIFF too) and WebP; GIF is not supported.
    """
    if first_bytes.startswith(_IMAGE_STARTS):
        return "image"
    if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
        return "image"
    return "pdf" if b"%PDF-" in first_bytes[:HEAD_BYTES] else None
