from __future__ import annotations

import base64
import io

from PIL import Image

from olmocr_core.report.thumbnail import WIDTH, make_thumbnail, to_data_url
from tests.core.report.examples import jpeg


def test_thumbnails_are_small_jpegs_and_never_grow():
    with Image.open(io.BytesIO(make_thumbnail(jpeg()))) as small:
        assert (small.format, small.width) == ("JPEG", WIDTH)
    with Image.open(io.BytesIO(make_thumbnail(jpeg(80, 120)))) as small:
        assert small.width == 80
    png = io.BytesIO()
    Image.new("RGBA", (900, 900)).save(png, "PNG")
    assert make_thumbnail(png.getvalue())[:2] == b"\xff\xd8"
    assert make_thumbnail(b"no image") is None


def test_a_data_url_holds_the_bytes():
    head, _, encoded = to_data_url(b"\xff\xd8 jpeg").partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(encoded) == b"\xff\xd8 jpeg"
