from pathlib import Path

import pypdfium2
import pytest

from olmocr_core.domain.settings import Routing
from olmocr_core.pdf.quick_text import read_quick_text


def look(path: Path) -> str | None:
    with pypdfium2.PdfDocument(path) as document:
        return read_quick_text(document[0], Routing())


def test_the_words_of_a_page_are_there_to_hold_a_reading_against(samples: Path) -> None:
    words = look(samples / "code_and_formula.pdf")
    assert words is not None
    assert "JavaScript Code Example" in words


@pytest.mark.parametrize("name", ["scan_rotated_90.pdf", "blank.pdf"])
def test_without_such_a_layer_there_is_nothing(samples: Path, name: str) -> None:
    assert look(samples / name) is None
