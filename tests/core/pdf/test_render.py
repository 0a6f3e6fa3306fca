"""Page images and the facts about them."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from olmocr_core.domain.errors import DamagedImage, RenderFailed, UnreadableDocument
from olmocr_core.domain.models import Rotation
from olmocr_core.domain.settings import Render
from olmocr_core.pdf import draw, image_damage, poppler
from olmocr_core.pdf.render import render_page
from tests.core.pdf.damaged_scans import encode, scan_pdf, scanned
from tests.core.pdf.making import (
    corner,
    darkest_corner,
    document,
    many_pages,
    one_page,
    page,
    pdf,
    session,
    stream,
    text,
)

needs_poppler = pytest.mark.skipif(not poppler.is_installed(), reason="Poppler is not installed")
RENDERERS = ["pdfium", pytest.param("poppler", marks=needs_poppler)]
WORDS = text(b"Words that nobody will read any more", 72, 700)
TURNED = {0: "top-left", 90: "bottom-left", 180: "bottom-right", 270: "top-right"}


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image))


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pages_turn_counter_clockwise(tmp_path: Path, renderer: Any, rotation: Rotation) -> None:
    ref = page(document(tmp_path / "a.pdf", one_page(corner(612, 792))))
    image, facts = render_page(session(render=Render(renderer=renderer)), ref, rotation)
    assert (facts.renderer, facts.rotation_ccw, facts.encoding) == (renderer, rotation, "jpeg")
    assert darkest_corner(opened(image)) == TURNED[rotation]
    assert opened(image).size == (facts.width, facts.height)
    # Poppler rounds the shorter side up.
    assert sorted((facts.width, facts.height)) in ([995, 1288], [996, 1288])
    assert (facts.width < facts.height) is (rotation in (0, 180))


@pytest.mark.parametrize("encoding", ["jpeg", "png"])
def test_encodings(tmp_path: Path, encoding: Any) -> None:
    ref = page(document(tmp_path / "a.pdf", one_page(text(b"Gray", 72, 700, 40))))
    image, facts = render_page(session(render=Render(encoding=encoding, longest_side=300)), ref)
    assert facts.encoding == encoding
    assert (opened(image).format, opened(image).mode) == (encoding.upper(), "L")
    coloured = page(document(tmp_path / "b.pdf", one_page(b"1 0 0 rg 10 10 4 4 re f")))
    image, facts = render_page(session(render=Render(encoding=encoding)), coloured)
    assert opened(image).mode == "RGB"
    assert facts.ink > 0
    assert not facts.is_blank


def test_quality_is_a_setting(tmp_path: Path) -> None:
    ref = page(document(tmp_path / "a.pdf", many_pages(1)))
    sizes = [len(render_page(session(render=Render(jpeg_quality=quality)), ref)[0]) for quality in (60, 90, 100)]
    assert sizes == sorted(sizes)


def test_an_empty_page_is_blank_and_a_line_is_not(tmp_path: Path) -> None:
    work = session()
    assert render_page(work, page(document(tmp_path / "a.pdf", one_page(b""))))[1].is_blank
    assert render_page(work, page(document(tmp_path / "b.pdf", one_page(b"3 Tr " + text(b"hidden", 72, 700)))))[
        1
    ].is_blank
    assert not render_page(work, page(document(tmp_path / "c.pdf", one_page(text(b"9", 300, 40, 10)))))[1].is_blank


@pytest.mark.parametrize(
    "content", [b"", b" ", b"q Q", b"BT ET", b"/Artifact <</O /Layout>> BDC EMC q Q", b"0 0 9 9 re W n"]
)
def test_content_that_draws_nothing_is_blank(tmp_path: Path, content: bytes) -> None:
    assert render_page(session(), page(document(tmp_path / "a.pdf", one_page(content))))[1].is_blank


@pytest.mark.parametrize(
    "change",
    [
        (b"/Contents 4 0 R", b"/Contents 9 0 R"),
        (stream(WORDS), stream(b"\0\0" + zlib.compress(WORDS)[2:], b"/Filter /FlateDecode")),
        (b"4 0 obj", b"4 x obj"),
    ],
)
def test_a_page_whose_content_is_lost_does_not_pass_for_blank(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    whole = one_page(WORDS)
    assert change[0] in whole
    with pytest.raises(RenderFailed, match="damaged or missing"):
        render_page(session(), page(document(tmp_path / "a.pdf", whole.replace(*change))))


@pytest.mark.parametrize(("name", "number"), [("truncated_99pct.pdf", 2), ("no_eof.pdf", 1), ("fuzz_gh-230.pdf", 1)])
def test_damaged_pages_of_the_corpus_fail(corpus: Path, name: str, number: int) -> None:
    with pytest.raises(RenderFailed, match="damaged or missing"):
        render_page(session(), page(document(corpus / "hostile" / "damaged" / name), number))


@needs_poppler
def test_poppler_draws_what_pdfium_cannot_if_it_reports_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "_draw_with_pdfium", lambda *_: Image.new("L", (995, 1288), 255))
    monkeypatch.setattr(image_damage, "_has_bitmap", lambda _: False)
    words, white = (encode(scanned(words), "jpeg") for words in ("words of the scan", ""))
    scans = scan_pdf([("jpeg", words), ("jpeg", white), ("jpeg", bytes(9000))])
    of, work = document(tmp_path / "a.pdf", scans), session()
    _, facts = render_page(work, page(of, 1))
    assert (facts.renderer, facts.is_blank) == ("poppler", False)
    assert "drawn by poppler, because pdfium does not draw all of it: an image on it" in facts.notes[0]
    for number in (2, 3):
        with pytest.raises(DamagedImage):
            render_page(work, page(of, number))


def form(value: bytes) -> bytes:
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (%s) /Rect [72 650 400 700] /P 3 0 R /F 4"
        b" /DA (/Helv 24 Tf 0 g) /AP << /N 7 0 R >> >>" % value
    )
    look = b"BT /F1 24 Tf 4 10 Td (%s) Tj ET" % value
    appearance = stream(
        look, b"/Type /XObject /Subtype /Form /BBox [0 0 328 50] /Resources << /Font << /F1 5 0 R >> >>"
    )
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] /DR << /Font << /Helv 5 0 R >> >> >>"
            b" /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Annots [6 0 R] /Contents 4 0 R >>",
            stream(b""),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            field,
            appearance,
        ]
    )


def test_values_of_form_fields_are_drawn(tmp_path: Path) -> None:
    work = session()
    filled = render_page(work, page(document(tmp_path / "a.pdf", form(b"WWWWWWWW"))))[1]
    empty = render_page(work, page(document(tmp_path / "b.pdf", form(b""))))[1]
    assert filled.ink > empty.ink
    assert not filled.is_blank


def test_images_are_rendered_too(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a.png")
    ref = page(document(tmp_path / "a.png"))
    image, facts = render_page(session(), ref, 90)
    assert (facts.renderer, facts.width, facts.height, facts.is_blank) == ("pillow", 200, 300, True)
    assert opened(image).mode == "L"
    lying = ref.model_copy(update={"kind": "pdf"})
    with pytest.raises(UnreadableDocument, match="listed as pdf but its first bytes say image"):
        render_page(session(), lying)


def test_pages_differ(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(3))
    work = session()
    assert len({render_page(work, page(of, number))[0] for number in (1, 2, 3)}) == 3
