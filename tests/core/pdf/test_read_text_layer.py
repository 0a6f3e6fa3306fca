"""A page's text layer, and whether it is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from olmocr_core.domain.errors import RenderFailed
from olmocr_core.pdf.read_text_layer import read_page_layout, read_text_layer
from tests.core.pdf.making import document, many_pages, one_page, page, session, text

SENTENCES = b" ".join([b"The quick brown fox jumps over the lazy dog and then it goes home."] * 2)


def test_a_clean_layer_is_trusted(samples: Path) -> None:
    layer = read_text_layer(session(), page(document(samples / "code_and_formula.pdf")))
    assert layer.trusted
    assert "JavaScript Code Example" in layer.text
    assert "layer_second_opinion" not in layer.signals


@pytest.mark.parametrize("name", ["scan_rotated_90.pdf", "blank.pdf"])
def test_a_page_without_text_is_not_trusted(samples: Path, name: str) -> None:
    layer = read_text_layer(session(), page(document(samples / name)))
    assert not layer.trusted
    assert layer.text == ""


def test_images_have_no_text_layer(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    layer = read_text_layer(session(), page(document(tmp_path / "a.png")))
    assert (layer.text, layer.trusted, dict(layer.signals or {})) == ("", False, {})


def test_an_invisible_layer_is_doubtful_and_cross_checked(tmp_path: Path) -> None:
    content = b"3 Tr " + b"".join(text(SENTENCES, 40, 700 - 14 * line, 8) for line in range(12))
    layer = read_text_layer(session(), page(document(tmp_path / "a.pdf", one_page(content))))
    assert not layer.trusted
    assert layer.signals["layer_second_opinion"] == pytest.approx(1, abs=0.02)


def test_the_layout_is_that_of_the_page(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(2))
    work = session()
    assert [word.text for word in read_page_layout(work, page(of, 2)).words] == ["Page", "number", "2"]
    with pytest.raises(RenderFailed, match="page 3 cannot be found in the file"):
        read_page_layout(work, page(of, 3))
