"""Whether JPEG data holds its image to the last row: decoders fill up what is missing and report nothing."""

from __future__ import annotations

import io

from PIL import Image

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# What decoders make of missing data: the middle of all values, in some colour spaces inverted.
_FILLING = (127, 128)


def is_whole_jpeg(data: bytes) -> bool:
    """Whether the last row is more than what decoders fill up with."""
    # Renderers, too, look for the start, and do without the end.
    found = data[max(0, data.find(_JPEG_START)) :] + _JPEG_END
    try:
        with Image.open(io.BytesIO(found), formats=("JPEG",)) as image:
            # At an eighth of its size all data is read, and little is computed.
            image.draft("L", (1, 1))
            last = image.crop((0, image.height - 1, image.width, image.height))
    except (OSError, SyntaxError, ValueError):
        return False
    bands = [band.getextrema() for band in last.split()]
    return not all(low in _FILLING and high in _FILLING for low, high in bands)
