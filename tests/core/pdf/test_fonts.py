"""Text whose font is missing."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from olmocr_core.pdf import fonts
from olmocr_core.pdf.fonts import describe_missing_fonts
from olmocr_core.pdf.render import render_page
from tests.core.pdf.making import document, one_page, page, session, text

KANA = "スプリング式ねじなし端子"


def japanese(words: str = KANA, font: bytes = b"Ryumin-Light") -> bytes:
    """Text in a composite font that is named, not embedded."""
    content = b"BT /F2 24 Tf 72 700 Td <%s> Tj ET " % words.encode("utf-16-be").hex().encode()
    return one_page(
        content,
        b"/MediaBox [0 0 612 792]",
        b"/F1 5 0 R /F2 6 0 R",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /UniJIS-UCS2-H /DescendantFonts [7 0 R] >>" % font,
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%s /FontDescriptor 8 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>" % font,
        b"<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0"
        b" /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>" % font,
    )


def notes(data: bytes) -> tuple[str, ...]:
    with pypdfium2.PdfDocument(data) as opened:
        return describe_missing_fonts(opened[0])


@pytest.fixture
def nothing_installed() -> None:
    if not notes(japanese()):
        pytest.skip("a Japanese font is installed here: nothing is missing")


@pytest.mark.usefixtures("nothing_installed")
def test_undrawn_text_is_noted_with_the_package_to_install() -> None:
    assert notes(japanese()) == (
        "fonts not embedded and not installed: Ryumin-Light (Japanese); their text is missing from the page image; "
        "install fonts-noto-cjk",
    )


@pytest.mark.usefixtures("nothing_installed")
def test_a_page_whose_text_cannot_be_drawn_is_not_called_blank(tmp_path: Path) -> None:
    facts = render_page(session(), page(document(tmp_path / "a.pdf", japanese())))[1]
    assert facts.ink == 0
    assert not facts.is_blank
    assert "Ryumin-Light (Japanese)" in facts.notes[0]


@pytest.mark.parametrize("name", [b"Helvetica", b"Times-Roman", b"CalistoMT", b"Garamond"])
def test_substituted_latin_fonts_are_not_noted(name: bytes) -> None:
    assert notes(one_page(text(b"Latin words", 72, 700)).replace(b"/Helvetica", b"/" + name)) == ()


def test_latin_text_in_a_japanese_font_is_not_lost() -> None:
    assert notes(japanese("Latin words")) == ()


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (KANA, "Japanese"),
        ("漢字 仮名", "Chinese or Japanese"),
        ("한국어", "Korean"),
        ("العربية", "Arabic"),
        ("עברית", "Hebrew"),
        ("ภาษาไทย", "Thai"),
        ("हिन्दी", "an Indic script"),
        ("Ελληνικά русский čeština", None),
        ("a 漢 alone", None),
    ],
)
def test_scripts(words: str, script: str | None) -> None:
    found = fonts._detect_writing_system(words)
    assert (found.name if found else None) == script


def test_embedded_fonts_are_left_alone(corpus: Path) -> None:
    for name in ("pdfjs_issue16063.pdf", "sample_ff3d6e051903fe5ca9bc172ece14964c5632_pg1.pdf"):
        assert notes((corpus / "dev" / "pdfs" / name).read_bytes()) == ()
