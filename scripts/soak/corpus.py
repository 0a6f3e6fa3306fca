"""What lies in the sources of a soak, and what has to become of it: known from how it was made, not from what was read.

Each page shows its label in bars, so the model server answers by the page, whatever image of it it was sent.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass

from PIL import Image, ImageDraw

from tests.core.pdf.making import one_page
from tests.integration.papers import paper
from tests.simulator.answers import page_text
from tests.simulator.plan import Asked
from tests.simulator.shape import Shape

# The page of ``tests.integration.papers``: points, and a bar a bit of the label.
WIDTH, HEIGHT, BITS = 200, 260, 17
MOST_INDEX, MOST_EDITION = 127, 15
KINDS = ("paper", "paper", "paper", "paper", "scan", "blank", "damaged", "text", "archive")


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its identity, its status, and the text of each page."""

    doc_id: str
    status: str
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A file as it lies in a source, and the documents in it: one, several in an archive, none in what is skipped."""

    name: str
    data: bytes
    documents: tuple[Document, ...]


def label(index: int, edition: int, number: int) -> int:
    """The number that a page's bars spell."""
    return (index << 10) | (edition << 6) | number


def label_digest(value: int) -> str:
    """What the simulated model takes for the digest of an image."""
    return hashlib.sha256(b"page %d" % value).hexdigest()


def expected_text(index: int, edition: int, number: int) -> str:
    """What the model answers for a page."""
    digest = label_digest(label(index, edition, number))
    return page_text(Asked(b"", digest, 1), Shape().tokens_per_page).strip()


def read_label(image: bytes) -> int | None:
    """The label of an image of a page; None where it shows no bars."""
    with Image.open(io.BytesIO(image)) as opened:
        gray = opened.convert("L")
    y = round(180 * gray.height / HEIGHT)
    values = [gray.getpixel((round((24 + 10 * place) * gray.width / WIDTH), y)) for place in range(BITS)]
    return sum(1 << place for place, value in enumerate(values) if isinstance(value, int) and value < 128) or None


def make_item(index: int, edition: int = 1) -> Item:
    """The item of this number. Another edition has the same name and kind, and other bytes and pages."""
    kind = KINDS[index % len(KINDS)]
    if kind == "paper":
        name, data, document = _paper(index, edition, 1 + index % 5)
        return Item(name, data, (document,))
    if kind == "archive":
        return _archive(index, edition)
    data, status, suffix = _other(kind, index, edition)
    pages = {"scan": (expected_text(index, edition, 1),), "blank": ("",)}.get(kind, ())
    documents = (Document(_sha256(data), status, pages),) if status else ()
    return Item(f"box-{index // 10}/{kind}-{index:03d}.{suffix}", data, documents)


def _other(kind: str, index: int, edition: int) -> tuple[bytes, str, str]:
    mark = b"%d, edition %d" % (index, edition)
    if kind == "scan":
        return _scan(label(index, edition, 1)), "kept", "png"
    if kind == "blank":
        return one_page(b"%% blank %s\n" % mark), "blank", "pdf"
    if kind == "damaged":
        return b"%%PDF-1.7\nnothing else, %s" % mark, "failed", "pdf"
    return b"Only words, %s" % mark, "", "txt"


def _paper(index: int, edition: int, pages: int) -> tuple[str, bytes, Document]:
    made = paper(index, pages, edition)
    texts = tuple(expected_text(index, edition, number) for number in range(1, pages + 1))
    return made.name, made.data, Document(made.doc_id, "kept", texts)


def _archive(index: int, edition: int) -> Item:
    file = io.BytesIO()
    documents = []
    with tarfile.open(fileobj=file, mode="w") as archive:
        # No two documents have a page in common: editions of an archive's members count from the other end.
        for number, inner in enumerate((edition, MOST_EDITION - edition)):
            _, data, document = _paper(index, inner, 1 + number)
            head = tarfile.TarInfo(f"member-{number}.pdf")
            head.size = len(data)
            archive.addfile(head, io.BytesIO(data))
            documents.append(document)
    return Item(f"box-{index // 10}/archive-{index:03d}.tar", file.getvalue(), tuple(documents))


def _scan(value: int) -> bytes:
    image = Image.new("L", (2 * WIDTH, 2 * HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for place in range(BITS):
        if value >> place & 1:
            left = 2 * (20 + 10 * place)
            draw.rectangle((left, 2 * 120, left + 16, 2 * 240), fill=0)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
