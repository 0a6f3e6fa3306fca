"""Generate thousands of small documents quickly; each page contains its own number."""

from __future__ import annotations

from pathlib import Path

from tests.core.pdf.making import HELVETICA, pdf, stream, text

LINES = 12


def make_corpus(folder: Path, pages: int, pages_per_document: int) -> int:
    """Write documents with this many pages in total; return the number of documents."""
    documents = -(-pages // pages_per_document)
    for index in range(documents):
        path = folder / f"{index // 500:03d}" / f"{index:06d}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_document(index, min(pages_per_document, pages - index * pages_per_document)))
    return documents


def _document(index: int, pages: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        HELVETICA,
    ]
    for number in range(pages):
        lines = b"".join(
            text(b"Document %d page %d line %d" % (index, number + 1, line), 40, 740 - 55 * line, 14)
            for line in range(LINES)
        )
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number),
            stream(lines),
        ]
    return pdf(objects)
