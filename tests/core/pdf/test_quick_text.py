"""The page's own words, read quickly."""

from pathlib import Path

import pypdfium2
import pytest

from olmocr_core.domain.settings import Routing
from olmocr_core.pdf.quick_text import read_quick_text


def look(path: Path) -> str | None:
    with pypdfium2.PdfDocument(path) as document:
        return read_quick_text(document[0], Routing())


def test_the_words_of_a_page_are_read(samples: Path) -> None:
    words = look(samples / "code_and_formula.pdf")
    assert words is not None
    assert "JavaScript Code Example" in words


@pytest.mark.parametrize("name", ["scan_rotated_90.pdf", "blank.pdf"])
def test_a_page_without_a_text_layer_has_no_words(samples: Path, name: str) -> None:
    assert look(samples / name) is None
