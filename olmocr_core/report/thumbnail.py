"""Page images small enough to lie inside a report by the hundred."""

from __future__ import annotations

import base64
import io

WIDTH = 700
QUALITY = 68


def thumbnail(image: bytes) -> bytes | None:
    """A JPEG at most ``WIDTH`` pixels wide, or None for bytes that are no image (a page image may be half written)."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image)) as opened:
            height = max(1, round(opened.height * WIDTH / opened.width))
            # A JPEG decodes at half its size for a quarter of the work.
            opened.draft("RGB", (WIDTH, height))
            small = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
            # Bilinear is as legible at this size as bicubic, for half the time.
            small.thumbnail((WIDTH, 4 * WIDTH), Image.Resampling.BILINEAR)
            out = io.BytesIO()
            small.save(out, "JPEG", quality=QUALITY, optimize=True)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return out.getvalue()


def data_url(jpeg: bytes) -> str:
    """The image as it stands in HTML."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
