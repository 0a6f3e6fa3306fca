"""Pages and words in other directions."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import lines, page, prose


def test_a_page_on_its_side_is_read_upright() -> None:
    upright = [*lines(prose("a", 3), 50, 100), *lines(prose("b", 3), 50, 160)]
    turned = [
        Word(w.text, Box(w.box.y0, 792 - w.box.x1, w.box.y1, 792 - w.box.x0), w.size, rotation=90) for w in upright
    ]

    assert transcribe_layout(page(turned)).text == transcribe_layout(page(upright)).text
