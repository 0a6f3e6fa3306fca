"""Which blocks are headings."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Region
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose


def test_headings_have_levels_by_size_number_and_weight() -> None:
    groups = [
        line("The title of it all", 50, 60, size=20),
        lines(prose("a", 6), 50, 100),
        line("2.1 Numbered and bold", 50, 190, bold=True),
        lines(prose("b", 6), 50, 215),
        line("Only bold", 50, 305, bold=True),
        lines(prose("c", 6), 50, 330),
    ]
    text = transcribe_layout(page(*groups)).text

    assert "# The title of it all\n" in text
    assert "\n### 2.1 Numbered and bold\n" in text
    assert "\n#### Only bold\n" in text
    assert text.count("#") == 8


def test_a_page_is_never_all_headings() -> None:
    rows = [w for i in range(10) for w in line(f"Bold row number {i}", 50, 100 + 30 * i, bold=i % 2 == 0)]
    assert "#" not in transcribe_layout(page(rows)).text


def test_a_title_region_is_a_heading() -> None:
    groups = [line("A plain heading", 50, 100), lines(prose("a", 8), 50, 130)]
    regions = (Region("title", Box(48, 98, 200, 112), 0.9),)

    assert transcribe_layout(page(*groups, regions=regions)).text.startswith("### A plain heading\n\n")
