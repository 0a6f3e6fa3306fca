from __future__ import annotations

from olmocr_core.domain.models import PageSummary
from olmocr_core.report.context import NOTED_PAGES, collect_overview, make_row
from tests.core.report.examples import document


def page(number: int, status: str = "ok", notes: tuple[str, ...] = ()) -> PageSummary:
    route = {"ok": "ocr", "blank": "blank", "fallback": "fallback", "failed": "none"}[status]
    return PageSummary(page_number=number, status=status, route=route, engine="cpu", attempts=1, notes=notes)


def test_a_row_names_pages_with_problems_before_pages_with_notes():
    pages = (page(1, notes=("dark",)), page(2, "blank"), page(3, "failed"), page(4), page(5, "fallback"))
    row = make_row(document("a.pdf", texts=("",) * 5, pages=pages))
    assert row.noted_pages == (3, 5, 1)
    assert row.text_pages == (1, 4, 5)
    assert (row.pages, row.shown_pages, row.name, row.source) == (5, 5, "a.pdf", "/data/a.pdf")


def test_a_row_of_a_long_document_stays_small():
    pages = tuple(page(number, "failed") for number in range(1, 1001))
    row = make_row(document("a.pdf", texts=("",) * 1000, pages=pages))
    assert row.noted_pages == tuple(range(1, NOTED_PAGES + 1))


def test_an_overview_counts_each_note_once_a_page():
    first = document("a.pdf", texts=("", ""), pages=(page(1, notes=("dark", "dark")), page(2, notes=("dark", "torn"))))
    found = collect_overview([first, document("b.pdf")])
    assert [row.name for row in found.rows] == ["a.pdf", "b.pdf"]
    assert found.notes == {"dark": 2, "torn": 1}
