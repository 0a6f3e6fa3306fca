"""Ligatures that only a font's encoding names: in the file, and in the text of a page."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.pdf.glyph_names import LIGATURES, parse_differences, read_ligature_codes
from olmocr_core.pdf.read_text_layer import read_page_layout
from tests.core.pdf.making import document, one_page, page, session

WIDTHS = b"/FirstChar 27 /LastChar 122 /Widths [%s]" % (b"500 " * 96)


def font(differences: bytes, more: bytes = b"", name: bytes = b"ABCDEF+LinLibertineT") -> bytes:
    encoding = b"<< /Type /Encoding /Differences [%s] >>" % differences
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%s %s /Encoding %s %s >>" % (name, WIDTHS, encoding, more)


def written(folder: Path, *fonts: bytes, content: bytes = b"BT /F2 12 Tf 72 700 Td (identi\\033ed) Tj ET") -> Path:
    names = b" ".join(b"/F%d %d 0 R" % (number + 2, number + 6) for number in range(len(fonts)))
    path = folder / "made.pdf"
    path.write_bytes(one_page(content, b"/MediaBox [0 0 612 792]", b"/F1 5 0 R " + names, *fonts))
    return path


def test_ligatures_of_an_encoding_are_read_in_words(tmp_path: Path) -> None:
    path = written(tmp_path, font(b"27 /f_i /f_f_i 101 /e"))
    with closing(session()) as worker:
        assert [word.text for word in read_page_layout(worker, page(document(path))).words] == ["identified"]


@pytest.mark.parametrize(
    ("fonts", "expected"),
    [
        ([font(b"27 /f_i /f_f_i 101 /e")], {"LinLibertineT": {27: "ﬁ", 28: "ﬃ"}}),
        ([font(b"27 /f_i", b"/ToUnicode 4 0 R")], {}),
        ([font(b"27 /Q_u.sc 29 /t_t /f_l.liga")], {"LinLibertineT": {}}),
        ([font(b"27 /f_i"), font(b"27 /q_u 28 /f_f")], {"LinLibertineT": {28: "ﬀ"}}),
        ([font(b"27 /f_i"), font(b"27 /f_f", name=b"Other")], {"LinLibertineT": {27: "ﬁ"}, "Other": {27: "ﬀ"}}),
        ([b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"], {}),
        ([b"<< /Type /Font /Encoding [1 2] >>", b"null", b"(text)"], {}),
    ],
    ids=["named", "has a table", "others", "at odds", "two fonts", "standard", "broken"],
)
def test_ligatures_of_the_encodings_of_a_page(tmp_path: Path, fonts: list[bytes], expected: object) -> None:
    assert read_ligature_codes(str(written(tmp_path, *fonts)), 1, "", 5.0) == expected


def test_unreadable_encodings_give_no_ligatures(tmp_path: Path) -> None:
    path = tmp_path / "no.pdf"
    assert read_ligature_codes(str(path), 1, "", 5.0) == {}
    path.write_bytes(b"%PDF-1.7 nothing more")
    assert read_ligature_codes(str(path), 1, "", 5.0) == {}
    assert read_ligature_codes(str(written(tmp_path, font(b"27 /f_i"))), 2, "", 5.0) == {}


@given(st.dictionaries(st.integers(0, 255), st.sampled_from(["a", "f_i", "f_f", "x_y.sc", ".notdef"]), max_size=40))
def test_names_are_found_under_their_codes(names: dict[int, str]) -> None:
    entries: list[object] = []
    for code, name in sorted(names.items()):
        if code - 1 not in names:
            entries.append(code)
        entries.append(f"/{name}")
    assert parse_differences(entries) == names


def test_every_ligature_is_one_character() -> None:
    assert all(len(character) == 1 for character in LIGATURES.values())
