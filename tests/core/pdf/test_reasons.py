"""What people are told of damaged files: the cause in plain words, without paths, class names and jargon."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from olmocr_core.domain.errors import PageError
from olmocr_core.domain.settings import Settings
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from tests.core.pdf.damaged_scans import scan_pdf
from tests.core.pdf.making import document, encrypted, one_page, page, pdf, stream, text

SETTINGS = Settings.model_validate({"orchestration": {"workers": 1}})
JARGON = re.compile(
    r"/\w+/|\w+(?:Error|Exception|Warning)\b|Errno|\b0x[0-9a-f]|\.py\b|olmocr_core|pdftoppm|pypdf|pdfium|Pillow|None\b|<.*>"
)
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def image(kind: str, *more: Image.Image) -> bytes:
    target = io.BytesIO()
    options = {"save_all": True, "append_images": more} if more else {}
    Image.new("L", (300, 400), 200).save(target, kind, **options)
    return target.getvalue()


def tiff_without_second_page() -> bytes:
    whole = image("TIFF", Image.new("L", (300, 400), 100))
    (first,) = struct.unpack_from("<I", whole, 4)
    (entries,) = struct.unpack_from("<H", whole, first)
    (second,) = struct.unpack_from("<I", whole, first + 2 + 12 * entries)
    return whole[:second] + struct.pack("<HHHII", 1, 270, 4, 1, 5) + bytes(4)


def misnamed_filter() -> bytes:
    """pypdf raises its DeprecationError for this name."""
    words = text(b"words", 10, 10)
    return one_page(words).replace(stream(words), stream(b"\0" + zlib.compress(words), b"/Filter /Fl"))


MADE = {
    "undecodable.pdf": scan_pdf([("jpeg", b"nothing")]),
    "key.pdf": encrypted("", algorithm="RC4-128").replace(b"/Length 128", b"/Length 7"),
    "filter.pdf": misnamed_filter(),
    "photo.pdf": image("JPEG")[:20],
    "scan.tif": image("TIFF")[:8],
    "fax.tif": tiff_without_second_page(),
    "cut.png": image("PNG")[:-60],
    "circle.pdf": pdf(
        [CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    ),
    "missing.pdf": pdf([CATALOG, b"<< /Type /Pages /Kids [9 0 R] /Count 1 >>"]),
}
SAID = {
    "undecodable.pdf": "page 1 of undecodable.pdf: an image on it (JPEG, 850 x 1100 pixels) cannot be decoded: "
    "its data is damaged or missing",
    "key.pdf": "its encryption is damaged: it names a key of 7 bits, which does not exist; no password opens it",
    "filter.pdf": "page 1 of filter.pdf: nothing on the page can be drawn: its content is damaged or missing",
    "photo.pdf": "it starts like a JPEG image, although its name ends in .pdf, but the rest of it is damaged or cut off",
    "scan.tif": "it starts like a TIFF image, but the rest of it is damaged or cut off",
    "fax.tif": "its list of pages is damaged after page 1: how many follow is lost",
    "cut.png": "page 1 of cut.png: the data of the image is damaged or cut off",
    "circle.pdf": "page 1 of circle.pdf: page 1 cannot be found in the file: the tree of pages leads back to itself",
    "missing.pdf": "it has no pages",
}  # fmt: skip


async def reason(reader: SandboxedPageReader, path: Path) -> str:
    of = document(path)
    info = await reader.inspect(of)
    if info.error:
        return info.error.message
    with pytest.raises(PageError) as failure:
        await reader.render(page(of))
    # Whether Poppler is installed is another matter.
    return str(failure.value).partition("; Poppler")[0]


async def test_reasons_name_the_cause_in_plain_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name, data in MADE.items():
        (tmp_path / name).write_bytes(data)
    async with SandboxedPageReader(open_pool(SETTINGS)) as reader:
        found = {name: await reason(reader, tmp_path / name) for name in MADE}
    assert found == SAID
    assert [said for said in found.values() if JARGON.search(said)] == []
    assert "Traceback" not in "".join(record.getMessage() for record in caplog.records if record.levelno > logging.INFO)


@pytest.mark.slow
async def test_no_file_of_the_corpus_is_failed_in_jargon(corpus: Path) -> None:
    limits = {"page_seconds": 5.0, "inspect_seconds": 5.0, "worker_memory_mb": 1024}
    settings = Settings.model_validate({"orchestration": {"workers": 1}, "limits": limits})
    found = []
    async with SandboxedPageReader(open_pool(settings)) as reader:
        for path in sorted((corpus / "hostile").rglob("*.*")):
            of = document(path)
            info = await reader.inspect(of)
            found.append((path.name, info.error.message if info.error else ""))
            for read in (reader.render, reader.text_layer) if info.pages else ():
                try:
                    await read(page(of))
                except PageError as error:
                    found.append((path.name, str(error)))
    assert len([said for _, said in found if said]) > 20
    assert [each for each in found if JARGON.search(each[1])] == []
