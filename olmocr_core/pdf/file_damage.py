"""Find image files whose data is damaged although Pillow decodes it: it fills a JPEG up with gray, and fax data with noise."""

from __future__ import annotations

from PIL import Image

from olmocr_core.domain.models import PageRef
from olmocr_core.pdf.fax import holds_rows
from olmocr_core.pdf.jpeg import is_whole_jpeg
from olmocr_core.sandbox.inputs import open_input

_WIDTH, _HEIGHT, _COMPRESSION, _FILL_ORDER = 256, 257, 259, 266
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279
_FAX = (3, 4)
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def describe_damaged_file(ref: PageRef) -> str | None:
    """Say that the image of a page of an image file is damaged; None if it is whole, or of another type."""
    with open_input(ref.location) as file, Image.open(file) as image:
        if image.format == "TIFF":
            image.seek(ref.page_number - 1)
        width, height = image.size
        whole = {"JPEG": _is_whole_jpeg_file, "TIFF": _is_whole_tiff}.get(image.format or "")
        if whole is None or whole(ref.location, image):
            return None
        return (
            f"the image ({image.format}, {width} x {height} pixels) cannot be decoded: its data is damaged or missing"
        )


def _is_whole_jpeg_file(location: str, _image: Image.Image) -> bool:
    with open_input(location) as file:
        return is_whole_jpeg(file.read())


def _is_whole_tiff(location: str, image: Image.Image) -> bool:
    tags = image.tag_v2  # type: ignore[attr-defined]
    offsets, sizes = tags.get(_STRIP_OFFSETS, ()), tags.get(_STRIP_BYTES, ())
    if tags.get(_COMPRESSION) not in _FAX or len(offsets) != len(sizes):
        return True
    width, height = tags[_WIDTH], tags[_HEIGHT]
    rows = min(tags.get(_ROWS_PER_STRIP, height), height)
    with open_input(location) as file:
        for number, (offset, size) in enumerate(zip(offsets, sizes, strict=True)):
            file.seek(offset)
            data = file.read(size)
            if tags.get(_FILL_ORDER) == 2:
                data = data.translate(_REVERSED_BITS)
            if not holds_rows(data, width, min(rows, height - number * rows)):
                return False
    return True
