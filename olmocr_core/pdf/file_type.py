"""What a file is, by its first bytes: names lie. Light, because the main process asks it of every file it finds."""

from __future__ import annotations

from olmocr_core.domain.models import DocumentKind

HEAD_BYTES = 1024
"""How much of a file ``sniff_kind`` wants to see: PDF readers accept a header anywhere in the first kilobyte."""

_IMAGE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def sniff_kind(first_bytes: bytes) -> DocumentKind | None:
    """Tell PDF from image from neither, by the first ``HEAD_BYTES`` bytes.

    Images are PNG, JPEG, TIFF (BigTIFF too) and WebP; GIF is none of ours.
    """
    if first_bytes.startswith(_IMAGE_STARTS):
        return "image"
    if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
        return "image"
    return "pdf" if b"%PDF-" in first_bytes[:HEAD_BYTES] else None
