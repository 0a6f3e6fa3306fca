"""File types by first bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_image_formats_are_known_by_content(name: str) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, name)
    assert sniff_kind(target.getvalue()[:HEAD_BYTES]) == "image"


def test_gif_is_not_accepted() -> None:
    target = io.BytesIO()
    Image.new("L", (8, 8)).save(target, "GIF")
    assert sniff_kind(target.getvalue()) is None


@given(st.binary(max_size=HEAD_BYTES - 5).filter(lambda junk: sniff_kind(junk) is None))
def test_a_pdf_header_counts_anywhere_in_the_first_kilobyte(junk: bytes) -> None:
    assert sniff_kind(junk + b"%PDF-1.4") == "pdf"


def test_a_pdf_header_after_the_first_kilobyte_does_not_count() -> None:
    assert sniff_kind(b" " * (HEAD_BYTES - 4) + b"%PDF-1.4") is None


@pytest.mark.parametrize("data", [b"", b"%PD", b"RIFF1234WAVE", b"<html>%pdf-", b"\x89PNG"])
def test_other_files_have_no_kind(data: bytes) -> None:
    assert sniff_kind(data) is None
