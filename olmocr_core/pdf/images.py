"""Image documents: PNG, JPEG, TIFF (one page per frame) and WebP, as a person sees them, within the pixel limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from olmocr_core.domain.errors import PageTooLarge, RenderFailed, TooManyPages, UnreadableDocument
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import DOCUMENT_TYPES, HEAD_BYTES, claims_document, not_a_document, sniff_type
from olmocr_core.sandbox.inputs import open_input
from olmocr_core.storage.os_errors import raise_fault

# Pillow knows the types by the same names in capitals.
_FORMATS = tuple(each.name.upper() for each in DOCUMENT_TYPES if each.kind == "image")
# What Pillow's decoders raise on damaged files, found by feeding them damaged files.
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, ArithmeticError,
           EOFError, RuntimeError)  # fmt: skip


@contextmanager
def _open_image(location: str) -> Iterator[Image.Image]:
    # Our own limit is checked before anything is decoded; Pillow's fixed one would overrule a higher setting.
    Image.MAX_IMAGE_PIXELS = None
    with ExitStack() as stack:
        try:
            image = Image.open(stack.enter_context(open_input(location)), formats=_FORMATS)
        except (UnidentifiedImageError, *_DECODER_ERRORS) as error:
            raise_fault(error, location)
            raise UnreadableDocument(_describe_damage(location)) from error
        yield stack.enter_context(image)


def _describe_damage(location: str) -> str:
    """What people are told of a file that starts like an image and is none; decoders' words are not for them."""
    path = Path(location)
    with open_input(location) as file:
        found = sniff_type(file.read(HEAD_BYTES))
    if found is None:
        return not_a_document()
    misnamed = path.suffix and claims_document(path.name) and path.suffix.lower() not in found.suffixes
    named = f", although its name ends in {path.suffix}" if misnamed else ""
    return f"it starts like a {found.name} image{named}, but the rest of it is damaged or cut off"


def count_frames(location: str, limits: Limits) -> int:
    """The number of frames of a TIFF, 1 for other images. Raises UnreadableDocument, TooManyPages."""
    with _open_image(location) as image:
        if image.format != "TIFF":
            return 1
        frames = 1
        while _seek_frame(image, frames):
            frames += 1
            if frames > limits.max_pages:
                raise TooManyPages(f"it has more than limits.max_pages = {limits.max_pages} pages")
        return frames


def _seek_frame(image: Image.Image, frame: int) -> bool:
    try:
        image.seek(frame)
    except EOFError:
        return False
    except _DECODER_ERRORS as error:
        raise_fault(error)
        raise UnreadableDocument(f"its list of pages is damaged after page {frame}: how many follow is lost") from error
    return True


def draw_frame(location: str, page_number: int, longest_side: int, limits: Limits) -> Image.Image:
    """Decode one frame as ``L`` or ``RGB``, upright by its EXIF orientation, on white, never enlarged.

    Raises UnreadableDocument, PageTooLarge before decoding, RenderFailed for damaged or truncated image data.
    """
    with _open_image(location) as image:
        if page_number > 1 and not _seek_frame(image, page_number - 1):
            raise RenderFailed(f"the image has no page {page_number}")
        megapixels = image.width * image.height / 1e6
        if megapixels > limits.page_megapixels:
            raise PageTooLarge(
                f"{image.width} x {image.height} pixels exceed limits.page_megapixels = {limits.page_megapixels:g}"
            )
        try:
            # JPEG can be decoded at 1/2, 1/4 or 1/8 in a fraction of the time and memory.
            image.draft(None, (longest_side, longest_side))
            image.load()
            upright = ImageOps.exif_transpose(image)
            return _shrink(_to_gray_or_rgb(upright), longest_side)
        except _DECODER_ERRORS as error:
            raise_fault(error)
            raise RenderFailed("the data of the image is damaged or cut off") from error


def _shrink(image: Image.Image, longest_side: int) -> Image.Image:
    scale = longest_side / max(image.size)
    if scale >= 1:
        return image
    size = tuple(max(1, round(side * scale)) for side in image.size)
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _to_gray_or_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB"):
        if "transparency" not in image.info:
            return image
    elif image.mode.startswith("I") or image.mode == "F":
        return _scale_to_eight_bits(image)
    elif image.mode == "1":
        return image.convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return image.convert("RGB")


def _scale_to_eight_bits(image: Image.Image) -> Image.Image:
    values: Any = np.asarray(image)
    if image.mode == "F":
        values = np.nan_to_num(values.astype(np.float32))
        low, high = float(values.min()), float(values.max())
    else:
        # Scanners store 10 to 16 bits in the same container; the brightest pixel tells which.
        low, high = 0.0, float(next(top for top in (255, 1023, 4095, 65535, 1 << 31) if values.max() <= top))
    span = max(high - low, 1e-9)
    return Image.fromarray(((values - low) * (255.0 / span)).clip(0, 255).astype(np.uint8))
