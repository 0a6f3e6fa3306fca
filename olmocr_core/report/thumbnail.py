"""Page images small enough to embed hundreds of them in a report."""

from __future__ import annotations

import base64
import io

WIDTH = 700
QUALITY = 68


def make_thumbnail(image: bytes) -> bytes | None:
    """Make a JPEG of at most ``WIDTH`` pixels in width; None for bytes that are not a complete image."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image)) as opened:
            height = max(1, round(opened.height * WIDTH / opened.width))
            # Decoding a JPEG at half its size takes a quarter of the time.
            opened.draft("RGB", (WIDTH, height))
            small = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
            # At this size, bilinear is as legible as bicubic and takes half the time.
            small.thumbnail((WIDTH, 4 * WIDTH), Image.Resampling.BILINEAR)
            out = io.BytesIO()
            small.save(out, "JPEG", quality=QUALITY, optimize=True)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return out.getvalue()


def to_data_url(jpeg: bytes) -> str:
    """Encode the image as a ``data:`` URL."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
