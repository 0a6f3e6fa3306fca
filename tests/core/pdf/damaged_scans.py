"""One-page scans made for a test, whose image data is whole or destroyed."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from tests.core.pdf.making import pdf, stream

WIDTH, HEIGHT = 850, 1100
CODECS = {
    "jpeg": b"/Filter /DCTDecode /ColorSpace /DeviceGray /BitsPerComponent 8",
    "jpx": b"/Filter /JPXDecode",
    "ccitt": b"/Filter /CCITTFaxDecode /ColorSpace /DeviceGray /BitsPerComponent 1"
    b" /DecodeParms << /K -1 /Columns %d /Rows %d >>" % (WIDTH, HEIGHT),
    "flate": b"/Filter /FlateDecode /ColorSpace /DeviceGray /BitsPerComponent 8",
}
DAMAGES = ("zeroed", "randomised", "emptied")


def scanned(words: str) -> Image.Image:
    """A sheet of white paper with a paragraph of ``words``; without words it is blank."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 255)
    for line in range(20 if words else 0):
        ImageDraw.Draw(sheet).text((90, 90 + 40 * line), words, 0, ImageFont.load_default(24))
    return sheet


def encode(sheet: Image.Image, codec: str) -> bytes:
    """The sheet as the data of an image stream with this codec."""
    target = io.BytesIO()
    if codec == "flate":
        return zlib.compress(sheet.tobytes())
    if codec == "ccitt":
        return encode_fax(sheet, "group4")
    sheet.save(target, "JPEG" if codec == "jpeg" else "JPEG2000")
    return target.getvalue()


def encode_fax(sheet: Image.Image, group: str) -> bytes:
    """The sheet as fax data: ``group3`` or ``group4``."""
    target = io.BytesIO()
    # Fax data counts black pixels, the PDFs below take its zeros for black.
    sheet.point(lambda value: 255 - value).convert("1").save(target, "TIFF", compression=group, strip_size=1 << 24)
    with Image.open(target) as tiff:
        [offset], [length] = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]
    return target.getvalue()[offset : offset + length]


def destroy(data: bytes, damage: str) -> bytes:
    """The data zeroed, randomised or emptied."""
    return {"zeroed": bytes(len(data)), "randomised": random.Random(7).randbytes(len(data)), "emptied": b""}[damage]


def scan_pdf(pages: Sequence[tuple[str, bytes]]) -> bytes:
    """A PDF of scans: a page for each codec and data."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * index) for index in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
    ]
    for index, (codec, data) in enumerate(pages):
        number = 4 + 3 * index
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /XObject << /Scan %d 0 R >> >> >>" % (number, number + 1),
            stream(b"q 612 0 0 792 0 0 cm /Scan Do Q"),
            stream(data, b"/Type /XObject /Subtype /Image /Width %d /Height %d %s" % (WIDTH, HEIGHT, CODECS[codec])),
        ]
    return pdf(objects)
