"""Characters that pdfium returns split or out of order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.pdf.accents import compose_accents, join_surrogate_pairs, reorder_arabic


@given(st.text(max_size=20))
def test_surrogate_pairs_become_one_character(text: str) -> None:
    units = np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16).astype(np.int64)
    codes = units.copy()
    second = join_surrogate_pairs(codes)
    assert "".join(map(chr, codes[~second])) == text


def test_a_separate_accent_is_combined_with_its_letter() -> None:
    codes = np.array([ord(ch) for ch in "Min ´ a"], dtype=np.int64)
    x = [(0, 9), (9, 11), (11, 16), (16, 16), (17.5, 19), (19, 19), (16.2, 20)]
    boxes = np.array([(a, 10.0, b, 0.0) for a, b in x])
    keep = compose_accents(codes, boxes)

    assert "".join(map(chr, codes[keep])) == "Miná"


def test_an_accent_that_stands_alone_stays() -> None:
    codes = np.array([ord("x"), ord("^"), ord("y")], dtype=np.int64)
    keep = compose_accents(codes, np.array([(0, 10.0, 5, 0.0), (20, 10.0, 25, 0.0), (40, 10.0, 45, 0.0)]))

    assert keep.all()
    assert "".join(map(chr, codes)) == "x^y"


def test_arabic_ligatures_and_marks_are_in_logical_order() -> None:
    codes = np.array([0x627, 0x644, 0x20, 0x64B, 0x636], dtype=np.int64)
    boxes = np.array([(20, 10.0, 26, 0.0), (20, 10.0, 26, 0.0), (18, 0, 18, 0), (10, 12, 12, 10), (8, 10.0, 15, 0.0)])
    reorder_arabic(codes, boxes, np.ones(5, dtype=bool))

    assert codes.tolist() == [0x644, 0x627, 0x20, 0x636, 0x64B]
