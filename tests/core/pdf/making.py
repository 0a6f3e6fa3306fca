"""Small documents made for a test, and the references to them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2 as pdfium
from PIL import Image

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.domain.identity import document_id
from olmocr_core.domain.models import Document, DocumentKind, PageRef
from olmocr_core.domain.settings import Limits, Render
from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind
from olmocr_core.pdf.text_layer import extract_layout
from olmocr_core.sandbox.session import SessionSettings, WorkerSession

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects; the first is the catalog."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, trailer, len(out))
    )


def one_page(
    content: bytes, page: bytes = b"/MediaBox [0 0 612 792]", fonts: bytes = b"/F1 5 0 R", *more: bytes
) -> bytes:
    """A page with this content stream; objects from number 6 are ``more``."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R /Resources << /Font << %s >> >> >>" % (page, fonts),
            stream(content),
            HELVETICA,
            *more,
        ]
    )


def many_pages(count: int) -> bytes:
    """Pages that hold their number."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        HELVETICA,
    ]
    for index in range(count):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * index),
            stream(text(b"Page number %d" % (index + 1), 20, 150)),
        ]
    return pdf(objects)


def text(words: bytes, x: int, y: int, size: int = 12) -> bytes:
    return b"BT /F1 %d Tf %d %d Td (%s) Tj ET " % (size, x, y, words)


def corner(width: int, height: int) -> bytes:
    """A black square in the top left corner."""
    return b"0 g 0 %d %d %d re f " % (height - height // 8, width // 8, height // 8)


def document(path: Path, data: bytes | None = None, kind: DocumentKind | None = None) -> Document:
    if data is not None:
        path.write_bytes(data)
    found = path.stat()
    with path.open("rb") as file:
        kind = kind or sniff_kind(file.read(HEAD_BYTES)) or "pdf"
        file.seek(0)
        doc_id = document_id(file)
    return Document(
        doc_id=doc_id,
        kind=kind,
        location=str(path),
        size_bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        sources=(),
    )


def page(of: Document, number: int = 1) -> PageRef:
    return PageRef(
        doc_id=of.doc_id,
        kind=of.kind,
        location=of.location,
        size_bytes=of.size_bytes,
        mtime_ns=of.mtime_ns,
        page_number=number,
    )


def session(
    limits: Limits | None = None, render: Render | None = None, passwords: tuple[str, ...] = ()
) -> WorkerSession:
    return WorkerSession(SessionSettings(limits=limits or Limits(), render=render or Render(), passwords=passwords))


def darkest_corner(image: Image.Image) -> str:
    """Where the black square is: top-left, top-right, bottom-left or bottom-right."""
    gray, (width, height) = image.convert("L"), image.size
    spots = {
        "top-left": (width // 20, height // 20),
        "top-right": (width - width // 20 - 1, height // 20),
        "bottom-left": (width // 20, height - height // 20 - 1),
        "bottom-right": (width - width // 20 - 1, height - height // 20 - 1),
    }
    return min(spots, key=lambda name: gray.getpixel(spots[name]))  # type: ignore[arg-type,return-value]


def layout_of(content: bytes, page: bytes = b"/MediaBox [0 0 612 792]", *more: bytes) -> PageLayout:
    """The layout of the text layer of a page with this content stream."""
    opened = pdfium.PdfDocument(one_page(content, page, b"/F1 5 0 R", *more))
    try:
        return extract_layout(opened[0])
    finally:
        opened.close()


class Hangs:
    """A library that never returns."""

    def __init__(self, *_: Any):
        while True:
            pass


class Breaks:
    """A library that raises what nobody expects."""

    def __init__(self, *_: Any):
        raise RecursionError("too deep")


def encrypted(user: str, owner: str = "owner", algorithm: str = "AES-256") -> bytes:
    """A PDF of two pages with these passwords."""
    writer = pypdf.PdfWriter(io.BytesIO(many_pages(2)))
    writer.encrypt(user, owner, algorithm=algorithm)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
