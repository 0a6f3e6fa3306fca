from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.report.context import DocumentRow
from olmocr_core.report.page_selection import choose_pages, sort_by_severity

STATUSES = ["kept", "partial", "blank", "held_back", "failed", "duplicate"]


def row(doc_id: str, status: str = "kept", pages: int = 1, noted: tuple[int, ...] = ()) -> DocumentRow:
    return DocumentRow(
        source=doc_id, name=doc_id, more_sources=0, doc_id=doc_id, status=status, reasons=(), pages=pages,
        shown_pages=pages, noted_pages=noted, text_pages=tuple(range(1, min(pages, 20) + 1)),
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 30)), max_size=30), st.integers(0, 40))
def test_the_limit_is_used_and_never_exceeded(contents, limit):
    rows = [row(str(n), status, pages) for n, (status, pages) in enumerate(contents)]
    chosen = choose_pages(rows, limit)
    by_id = {r.doc_id: r for r in rows}
    assert sum(map(len, chosen.values())) == min(limit, sum(r.pages for r in rows))
    for doc_id, pages in chosen.items():
        assert list(pages) == sorted(set(pages))
        assert all(1 <= page <= by_id[doc_id].pages for page in pages)


def test_problems_come_first_but_never_alone():
    rows = [row(f"k{n}") for n in range(50)] + [row(f"f{n}", "failed") for n in range(50)]
    chosen = list(choose_pages(rows, 30))
    assert [doc_id[0] for doc_id in chosen] == ["f"] * 20 + ["k"] * 10


def test_few_problems_leave_room_for_others():
    rows = [row(f"k{n}") for n in range(50)] + [row("p", "partial", 2, (2,))]
    chosen = choose_pages(rows, 30)
    assert chosen["p"] == (1, 2)
    assert sum(map(len, chosen.values())) == 30


def test_pages_with_problems_are_shown_first():
    assert choose_pages([row("p", "partial", 100, (57,))], 1) == {"p": (57,)}


def test_a_long_document_does_not_crowd_out_the_others():
    chosen = choose_pages([row("long", pages=5000), row("short", pages=2), row("other")], 6)
    assert {doc_id: len(pages) for doc_id, pages in chosen.items()} == {"long": 3, "short": 2, "other": 1}


def test_documents_are_taken_from_the_whole_run():
    chosen = list(choose_pages([row(f"{n:03}") for n in range(200)], 4))
    assert chosen == ["000", "050", "100", "150"]


def test_rows_with_problems_come_first_in_the_order_of_the_run():
    rows = [row("a"), row("b", "failed"), row("c"), row("d", "held_back")]
    assert [r.doc_id for r in sort_by_severity(rows)] == ["b", "d", "a", "c"]
