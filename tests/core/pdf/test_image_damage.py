"""Destroyed scans are told from blank pages, whatever decoders make of their data."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pypdfium2
import pytest

from olmocr_core.domain.errors import DamagedImage
from olmocr_core.domain.models import PageRef
from olmocr_core.pdf.image_damage import check_images, describe_damaged_image, find_damaged_image
from olmocr_core.pdf.render import render_page
from olmocr_core.sandbox.session import WorkerSession
from tests.core.pdf.damaged_scans import CODECS, DAMAGES, HEIGHT, WIDTH, destroy, encode, scan_pdf, scanned
from tests.core.pdf.making import document, one_page, page, session, stream

WORDS = "words that are lost"


def damage_of(data: bytes) -> str | None:
    opened = pypdfium2.PdfDocument(data)
    try:
        return describe_damaged_image(opened[0])
    finally:
        opened.close()


def draw_and_check(work: WorkerSession, ref: PageRef) -> None:
    """What happens to a page on which nothing is read."""
    if not render_page(work, ref)[1].is_blank:
        check_images(work, ref)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_destroyed_scan_fails_where_it_is_drawn_or_where_nothing_is_read(
    tmp_path: Path, codec: str, damage: str
) -> None:
    data = destroy(encode(scanned(WORDS), codec), damage)
    ref, work = page(document(tmp_path / "a.pdf", scan_pdf([(codec, data)]))), session()
    with pytest.raises(DamagedImage, match=f"{WIDTH} x {HEIGHT} pixels.* cannot be decoded"):
        draw_and_check(work, ref)


@pytest.mark.parametrize("codec", CODECS)
def test_a_sound_scan_is_read_and_a_blank_one_is_blank(tmp_path: Path, codec: str) -> None:
    sheets = [(codec, encode(scanned(words), codec)) for words in (WORDS, "")]
    of, work = document(tmp_path / "a.pdf", scan_pdf(sheets)), session()
    assert [render_page(work, page(of, number))[1].is_blank for number in (1, 2)] == [False, True]
    assert [find_damaged_image(work, page(of, number)) for number in (1, 2)] == [None, None]


@pytest.mark.parametrize("codec", CODECS)
def test_an_image_that_is_cut_off_is_damaged(codec: str) -> None:
    data = encode(scanned(WORDS), codec)
    assert damage_of(scan_pdf([(codec, data[: len(data) // 2])]))


def test_an_unknown_codec_and_bad_jbig2_data_are_damaged() -> None:
    whole = scan_pdf([("flate", encode(scanned(""), "flate"))])
    assert damage_of(whole) is None
    assert damage_of(whole.replace(b"/FlateDecode", b"/JBIG2Decode")) is not None
    assert damage_of(whole.replace(b"/FlateDecode", b"/NoSuchDecode")) is not None


def image(data: bytes, extra: bytes) -> bytes:
    return stream(data, b"/Type /XObject /Subtype /Image /Width 100 /Height 100 " + extra)


def drawn(image: bytes, width: int, height: int, x: int = 0) -> bytes:
    content = b"q %d 0 0 %d %d 0 cm /I Do Q" % (width, height, x)
    return one_page(content, b"/MediaBox [0 0 612 792]", b"/F1 5 0 R >> /XObject << /I 6 0 R", image)


def test_raw_and_packed_pixels_are_counted() -> None:
    gray = b"/ColorSpace /DeviceGray /BitsPerComponent 8"
    assert damage_of(drawn(image(b"\xff" * 10_000, gray), 612, 792)) is None
    assert damage_of(drawn(image(b"\xff" * 4_000, gray), 612, 792)) is not None
    mask = b"/ImageMask true /BitsPerComponent 1"
    assert damage_of(drawn(image(bytes(1300), mask), 612, 792)) is None
    indexed = b"/ColorSpace [/Indexed /DeviceRGB 1 <ffffff000000>] /BitsPerComponent 1 /Filter /FlateDecode"
    assert damage_of(drawn(image(zlib.compress(bytes(1300)), indexed), 612, 792)) is None
    assert damage_of(drawn(image(zlib.compress(bytes(300)), indexed), 612, 792)) is not None


def test_jpeg_data_packed_once_more_is_unpacked() -> None:
    target = io.BytesIO()
    scanned("").resize((100, 100)).save(target, "JPEG")
    both = b"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [/FlateDecode /DCTDecode]"
    assert damage_of(drawn(image(zlib.compress(target.getvalue()), both), 612, 792)) is None
    assert damage_of(drawn(image(zlib.compress(bytes(900)), both), 612, 792)) is not None


def test_small_faults_that_renderers_forgive_are_forgiven() -> None:
    jpeg, pixels = encode(scanned(""), "jpeg"), zlib.compress(bytes(WIDTH * HEIGHT))
    for data in (jpeg[:-2], bytes(30) + jpeg, jpeg + b"\r\n", jpeg[:-2] + b"\r\n"):
        assert damage_of(scan_pdf([("jpeg", data)])) is None
    assert damage_of(scan_pdf([("flate", pixels[:-4] + b"sum?")])) is None
    assert damage_of(scan_pdf([("flate", pixels + b"\n")])) is None
    assert damage_of(scan_pdf([("flate", zlib.compress(bytes(WIDTH * (HEIGHT - 20))))])) is None


@pytest.mark.parametrize("optimised", [False, True])
def test_a_jpeg_with_zeros_behind_its_header_is_damaged(optimised: bool) -> None:
    target = io.BytesIO()
    scanned(WORDS).save(target, "JPEG", optimize=optimised)
    whole = target.getvalue()
    start = whole.index(b"\xff\xda") + 10
    assert damage_of(scan_pdf([("jpeg", whole)])) is None
    assert damage_of(scan_pdf([("jpeg", whole[:start] + bytes(len(whole) - start - 2) + whole[-2:])])) is not None


def test_only_images_that_show_something_count() -> None:
    broken = image(bytes(900), b"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode")
    assert damage_of(drawn(broken, 612, 792)) is not None
    assert damage_of(drawn(broken, 2, 2)) is None, "a dot"
    assert damage_of(drawn(broken, 100, 100, x=700)) is None, "beside the page"


def test_an_image_in_a_form_is_found() -> None:
    broken = image(b"", b"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode")
    form = stream(
        b"q 612 0 0 792 0 0 cm /I Do Q",
        b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /I 7 0 R >> >>",
    )
    resources = b"/F1 5 0 R >> /XObject << /Form 6 0 R"
    assert damage_of(one_page(b"/Form Do", b"/MediaBox [0 0 612 792]", resources, form, broken)) is not None


def test_image_files_are_asked_too(tmp_path: Path) -> None:
    scanned("").save(tmp_path / "a.png")
    assert find_damaged_image(session(), page(document(tmp_path / "a.png"))) is None
    whole = encode(scanned(""), "jpeg")
    start = whole.index(b"\xff\xda") + 10
    cut = page(document(tmp_path / "a.jpg", whole[:start] + bytes(len(whole) - start)))
    assert find_damaged_image(session(), cut) is not None
