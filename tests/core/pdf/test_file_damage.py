"""Image files whose data was destroyed behind a whole header do not pass for blank pages."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from olmocr_core.domain.errors import DamagedImage, RenderFailed
from olmocr_core.pdf.file_damage import describe_damaged_file
from olmocr_core.pdf.image_damage import check_images
from olmocr_core.pdf.render import render_page
from tests.core.pdf.damaged_scans import scanned
from tests.core.pdf.making import document, page, session

WORDS = "words that are lost"


def jpeg(words: str) -> tuple[bytes, int, int]:
    """A JPEG, and where its data starts and ends."""
    target = io.BytesIO()
    scanned(words).save(target, "JPEG")
    data = target.getvalue()
    return data, data.index(b"\xff\xda") + 10, len(data) - 2


def tiff(words: str, compression: str, **more: int) -> tuple[bytes, int, int]:
    """A TIFF of one strip, and where its data starts and ends."""
    target = io.BytesIO()
    scanned(words).convert("1").save(target, "TIFF", compression=compression, strip_size=1 << 24, **more)
    with Image.open(target) as image:
        [start], [size] = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]
    return target.getvalue(), start, start + size


def made(kind: str, words: str) -> tuple[bytes, int, int]:
    return jpeg(words) if kind == "jpeg" else tiff(words, kind)


@pytest.mark.parametrize("kind", ["jpeg", "group3", "group4"])
@pytest.mark.parametrize("filling", ["zeros", "noise"])
def test_destroyed_data_fails_the_page(tmp_path: Path, kind: str, filling: str) -> None:
    data, start, end = made(kind, WORDS)
    junk = bytes(end - start) if filling == "zeros" else random.Random(5).randbytes(end - start)
    work, ref = session(), page(document(tmp_path / "a", data[:start] + junk + data[end:]))
    try:
        blank = render_page(work, ref)[1].is_blank
    except (DamagedImage, RenderFailed):
        return
    assert not blank
    if (kind, filling) != ("jpeg", "noise"):
        # Noise is valid JPEG data now and then: nobody can tell it from a picture.
        with pytest.raises(DamagedImage, match=r"the image \((JPEG|TIFF), 850 x 1100 pixels\) cannot be decoded"):
            check_images(work, ref)


@pytest.mark.parametrize("kind", ["jpeg", "group3", "group4", "tiff_lzw", "raw"])
@pytest.mark.parametrize("words", [WORDS, ""])
def test_whole_files_are_whole(tmp_path: Path, kind: str, words: str) -> None:
    ref = page(document(tmp_path / "a", made(kind, words)[0]))
    assert describe_damaged_file(ref) is None
    assert render_page(session(), ref)[1].is_blank is not bool(words)


def test_strips_bit_order_and_later_pages_are_taken_into_account(tmp_path: Path) -> None:
    sheets = [scanned(words).convert("1") for words in (WORDS, "", WORDS)]
    sheets[0].save(tmp_path / "a.tif", compression="group4", save_all=True, append_images=sheets[1:], strip_size=5000)
    of = document(tmp_path / "a.tif")
    with Image.open(of.location) as image:
        assert len(image.tag_v2[273]) > 2  # type: ignore[attr-defined]
    assert [describe_damaged_file(page(of, number)) for number in (1, 2, 3)] == [None] * 3
    data, start, end = tiff(WORDS, "group4", tiffinfo={266: 2})  # type: ignore[arg-type]
    assert describe_damaged_file(page(document(tmp_path / "b.tif", data))) is None
    spoilt = data[:start] + bytes(end - start) + data[end:]
    assert describe_damaged_file(page(document(tmp_path / "c.tif", spoilt))) is not None


def test_other_types_are_left_to_their_decoders(tmp_path: Path) -> None:
    scanned("").save(tmp_path / "a.png")
    assert describe_damaged_file(page(document(tmp_path / "a.png"))) is None
