"""An installed Tesseract, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr import tesseract
from olmocr_core.ocr.script_fallback import read_with_tesseract
from tests.core.ocr.lines import text_lines

TABLE = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
4\t1\t1\t1\t1\t0\t42\t45\t576\t23\t-1\t
5\t1\t1\t1\t1\t1\t42\t45\t42\t18\t96.97\tВсе
5\t1\t1\t1\t1\t2\t93\t50\t146\t13\t96.58\t"семьи
5\t1\t1\t1\t1\t3\t250\t50\t10\t13\t95.0\t
4\t1\t1\t1\t2\t0\t42\t80\t576\t20\t-1\t
5\t1\t1\t1\t2\t1\t42\t80\t60\t18\t12.5\tхожи
"""
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@pytest.fixture
def without_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("PATH", str(tmp_path))
    for cached in (tesseract.list_languages, tesseract.describe_version):
        cached.cache_clear()
    yield
    for cached in (tesseract.list_languages, tesseract.describe_version):
        cached.cache_clear()


def test_the_tsv_gives_words_with_boxes_lines_and_confidence() -> None:
    words = list(tesseract.parse_tsv(TABLE))
    assert [word.text for word in words] == ["Все", '"семьи', "хожи"]
    assert words[0].box == Box(42, 45, 84, 63)
    assert [(word.line, word.size, word.confidence) for word in words] == [
        (0, 23, 0.9697),
        (0, 23, 0.9658),
        (1, 20, 0.125),
    ]
    assert list(tesseract.parse_tsv("")) == []


def test_without_the_program_nothing_changes(without_program: None) -> None:
    assert tesseract.list_languages() == ()
    assert tesseract.describe_version() == ""
    assert read_with_tesseract(np.full((200, 600, 3), 255, np.uint8), text_lines(", -")) is None


@pytest.mark.skipif(
    "ell" not in tesseract.list_languages() or not DEJAVU.exists(), reason="no Greek for Tesseract here"
)
def test_greek_is_read_by_an_installed_tesseract() -> None:
    text = "Ο άνθρωπος είναι ζώο κοινωνικό\nκαι η αρετή είναι γνώση"
    sheet = Image.new("RGB", (700, 400), "white")
    font = ImageFont.truetype(str(DEJAVU), 26)
    ImageDraw.Draw(sheet).multiline_text((40, 40), "\n".join([text] * 3), fill="black", font=font, spacing=12)
    found = read_with_tesseract(np.asarray(sheet), text_lines("νωτ εναι κινωνι"))
    assert found is not None
    words, chosen = found
    assert chosen.startswith("ell")
    assert "άνθρωπος" in [word.text for word in words]
    assert "tesseract" in tesseract.describe_version()
