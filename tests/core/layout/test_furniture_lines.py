"""What one line at the top or the foot of a page is by itself: furniture, uncertain, or text."""

from __future__ import annotations

import pytest

from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page

BODY = lines(
    [f"and so the text{i} line of text goes on here and on it goes to its end" for i in range(45)], 72, 100, 10, 1.3
)
FURNITURE = [
    "- 12 -",
    "— xii —",
    "Page 3 of 10",
    "12 | Annual Report 2023",
    "10/1/24, 3:42 PM Edgar, King of England - Wikipedia",
    "https://en.wikipedia.org/wiki/Edgar 1/34",
    "file:///home/me/page.html",
    "2024-10-01 15:42",
    "Confidential - do not distribute",
    "Draft – not for citation",
    "UNCLASSIFIED",
    "Journal of Finance, Vol. 12, No. 3",
    "J. Appl. Phys. 112, 043501 (2012)",
    "Chapter 3 Derivatives 273",
    "42 THE LIFE OF JOHNSON",
    "Smith and Jones 447",
]
CONTENT = [
    "2.1 Results",
    "October 1, 2024",
    "1 October 2024",
    "MEMORANDUM",
    "APPENDIX A",
    "Annual Report 2023",
    "World Population 1950 to 2020",
    "ORDER OF 12 MAY 1987",
    "Draft Report on Water",
    "Chapter 12",
    "Table 3. Summary of results",
]


@pytest.mark.parametrize("text", FURNITURE)
@pytest.mark.parametrize("y", [60, 730])
def test_furniture_is_known_by_one_page(text: str, y: float) -> None:
    assert transcribe_layout(page(line(text, 72, y), BODY)).dropped == (text,)


@pytest.mark.parametrize("text", CONTENT)
@pytest.mark.parametrize("y", [60, 730])
def test_what_may_be_content_is_not_dropped(text: str, y: float) -> None:
    assert transcribe_layout(page(line(text, 72, y), BODY)).dropped == ()


def test_a_stamp_of_a_printer_is_dropped_where_it_touches_the_text() -> None:
    stamp = "10/1/24, 3:42 PM Edgar, King of England - Wikipedia"
    assert transcribe_layout(page(line(stamp, 72, 87), BODY)).dropped == (stamp,)
