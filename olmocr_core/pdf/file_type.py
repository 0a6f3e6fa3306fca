"""What a file is, by its first bytes: names lie. Light, because the main process asks it of every file it finds.

A new type of image that Pillow reads is one line of ``DOCUMENT_TYPES``, under Pillow's name for it. Any other type also
needs what draws its pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from olmocr_core.domain.models import DocumentKind

HEAD_BYTES = 1024
"""How much of a file ``sniff_kind`` wants to see: PDF readers accept a header anywhere in the first kilobyte."""


class DocumentType(NamedTuple):
    """A type of file that is a document: its name for people, how it starts, and the suffixes that promise it."""

    name: str
    kind: DocumentKind
    matches: Callable[[bytes], bool]
    suffixes: tuple[str, ...]


def _starts_with(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:HEAD_BYTES]


# In this order: an image that holds a PDF header somewhere is an image.
DOCUMENT_TYPES = (
    DocumentType("PNG", "image", _starts_with(b"\x89PNG\r\n\x1a\n"), (".png",)),
    DocumentType("JPEG", "image", _starts_with(b"\xff\xd8\xff"), (".jpg", ".jpeg", ".jpe", ".jfif")),
    DocumentType("TIFF", "image", _starts_with(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), (".tif", ".tiff")),
    DocumentType("WebP", "image", _is_webp, (".webp",)),
    DocumentType("PDF", "pdf", _is_pdf, (".pdf",)),
)
# Images that are not supported: a file with such a name is expected to be a document, and silence would lose it.
_UNSUPPORTED_SUFFIXES = (".gif", ".bmp", ".jp2")
_SUFFIXES = frozenset(_UNSUPPORTED_SUFFIXES).union(*(each.suffixes for each in DOCUMENT_TYPES))


def sniff_type(first_bytes: bytes) -> DocumentType | None:
    """The type of a document by its first ``HEAD_BYTES`` bytes; None for another file."""
    return next((each for each in DOCUMENT_TYPES if each.matches(first_bytes)), None)


def sniff_kind(first_bytes: bytes) -> DocumentKind | None:
    """Tell PDF from image from neither, by the first ``HEAD_BYTES`` bytes."""
    found = sniff_type(first_bytes)
    return found.kind if found else None


def claims_document(name: str) -> bool:
    """Whether a file's name says that it is a PDF or an image."""
    return os.path.splitext(name)[1].lower() in _SUFFIXES  # noqa: PTH122 - a name, not a path


def not_a_document() -> str:
    """What people are told of a file that should be a document and is none."""
    images = [each.name for each in DOCUMENT_TYPES if each.kind == "image"]
    return f"the file is neither a PDF nor a {', '.join(images[:-1])} or {images[-1]} image"
