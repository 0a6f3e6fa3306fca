from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import PageSummary
from olmocr_core.report.markdown import PAGE_CHARS, make_markdown_renderer
from olmocr_core.report.views import (
    PageViews,
    collect_shown_documents,
    format_count,
    format_duration,
    format_percent,
    format_signal,
    list_facts,
    make_bar,
)
from tests.core.report.examples import document, jpeg


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.0 s"), (59.94, "59.9 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations(seconds, words):
    assert format_duration(seconds) == words


def test_bars_fill_their_width_and_leave_out_nothing():
    found = make_bar({"kept": 1, "partial": 0, "failed": 2999})
    assert [part.name for part in found] == ["kept", "failed"]
    assert found[-1].start + found[-1].width == pytest.approx(1000, abs=0.1)
    assert (format_percent(1 / 3000), format_percent(2999 / 3000), format_percent(1)) == ("<0.1%", ">99.9%", "100%")


@given(st.dictionaries(st.sampled_from(["kept", "partial", "blank", "failed"]), st.integers(0, 10**6), min_size=1))
def test_the_parts_of_a_bar_touch_each_other(counts):
    found = make_bar(counts)
    assert [part.count for part in found] == [count for count in counts.values() if count]
    for one, two in itertools.pairwise(found):
        assert two.start == pytest.approx(one.start + one.width, abs=0.02)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (True, "yes"), (False, "no"), (0.123456, "0.1235"), (12345, "12,345"), ("en", "en")],
)
def test_signals_are_formatted_by_their_type(value, text):
    assert format_signal(value) == text


def test_counts_have_their_noun_in_the_right_number():
    assert [format_count(count, "page") for count in (0, 1, 2000)] == ["0 pages", "1 page", "2,000 pages"]


def test_the_facts_of_a_page_leave_out_what_is_not_known():
    bare = PageSummary(page_number=1, status="failed", route="none", engine="", attempts=0)
    assert list(list_facts(bare)) == []
    page = PageSummary(
        page_number=1, status="ok", route="model", engine="server:olmocr", attempts=3, rotation_ccw=90,
        input_tokens=1700, output_tokens=300, signals={"language": "de", "characters": 1},
    )  # fmt: skip
    assert list(list_facts(page)) == [
        "server:olmocr", "3 attempts", "turned 90° counter-clockwise", "language: de", "1 character",
        "1,700 + 300 tokens",
    ]  # fmt: skip


def test_shown_documents_come_in_the_chosen_order_with_the_chosen_pages_only():
    first, second, third = (document(f"{name}.pdf", texts=("one", "two", "three")) for name in "abc")
    found = collect_shown_documents([first, second, third, third], {third.doc_id: (3,), first.doc_id: (1, 2)})
    assert [shown.name for shown in found] == ["c.pdf", "a.pdf"]
    assert [[page.text for page in shown.pages] for shown in found] == [["three"], ["one", "two"]]
    assert all(shown.record.text == "" and shown.record.pages == () for shown in found)


def test_a_long_text_is_cut_and_a_missing_image_counted():
    (shown,) = collect_shown_documents([record := document("a.pdf", texts=("x" * (PAGE_CHARS + 5), "y"))], {
        record.doc_id: (1, 2)
    })  # fmt: skip
    views = PageViews(make_markdown_renderer(), lambda doc_id, page: jpeg() if page == 1 else None)
    long, short = views.of(shown)
    assert (long.cut, short.cut) == (5, 0)
    assert (long.image or "").startswith("data:image/jpeg;base64,")
    assert (short.image, views.without_image) == (None, 1)
    assert long.label == "OCR"
