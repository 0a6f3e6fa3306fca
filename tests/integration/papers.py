"""Small documents of several pages, each page distinct from every other one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.core.pdf.making import HELVETICA, pdf, stream, text


@dataclass(frozen=True)
class Paper:
    """A document as it lies in an inbox."""

    name: str
    data: bytes
    pages: int

    @property
    def doc_id(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def paper(index: int, pages: int, edition: int = 1) -> Paper:
    """A document whose pages say and show which they are; another edition of it has other bytes and other pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        HELVETICA,
    ]
    for number in range(1, pages + 1):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 260] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (3 + 2 * number),
            stream(_content(index, number, edition)),
        ]
    return Paper(f"box-{index // 10}/paper-{index:03d}.pdf", pdf(objects), pages)


def papers(count: int, pages: int) -> list[Paper]:
    """So many documents of so many pages."""
    return [paper(index, pages) for index in range(count)]


def write(found: list[Paper], folder: Path) -> None:
    """Put documents in a local folder."""
    for one in found:
        path = folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)


def _content(index: int, number: int, edition: int) -> bytes:
    words = text(b"Paper %d, edition %d" % (index, edition), 20, 220) + text(b"page %d" % number, 20, 190)
    # Bars that spell the numbers: small renderings of two pages never look alike.
    bits = (index << 10) | (edition << 6) | number
    bars = b"".join(b"%d 20 8 120 re f " % (20 + 10 * place) for place in range(17) if bits >> place & 1)
    return words + b"0 g " + bars
