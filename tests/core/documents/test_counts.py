from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.counts import (
    DocumentCounts,
    PageCounts,
    RunCounts,
    count_document,
    count_documents,
    pages_per_second,
)
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord, PageSummary

STATUSES = ["kept", "partial", "blank", "held_back", "failed", "duplicate"]
PAGES = st.sampled_from(
    [("ok", "text_layer"), ("ok", "ocr"), ("ok", "model"), ("ok", "none"), ("blank", "blank"), ("fallback", "fallback"),
     ("fallback", "text_layer"), ("failed", "none")]
)  # fmt: skip


def document(status: str, pages) -> DocumentRecord:
    summaries = tuple(
        PageSummary(page_number=n, status=s, route=r, engine="x", attempts=1, input_tokens=5, output_tokens=2)
        for n, (s, r) in enumerate(pages, 1)
    )
    return DocumentRecord(doc_id="d", sources=(), kind="pdf", status=status, pages=summaries)


DOCUMENTS = st.lists(st.builds(document, st.sampled_from(STATUSES), st.lists(PAGES, max_size=5)), max_size=10)


@given(DOCUMENTS)
def test_counts_add_up_and_merge(documents):
    counts = count_documents(documents)
    counts.check(len(documents))
    assert counts.pages.total == sum(len(d.pages) for d in documents)
    assert counts.input_tokens == 5 * counts.pages.total
    merged = RunCounts()
    for one in reversed(documents):
        merged = count_document(one) + merged
    assert merged == counts


def test_pages_are_counted_by_route_and_status():
    pages = [("ok", "text_layer"), ("ok", "ocr"), ("ok", "ocr"), ("fallback", "text_layer"), ("failed", "none")]
    counts = count_document(document("held_back", pages))
    assert counts.pages == PageCounts(total=5, text_layer=1, ocr=2, fallback=1, failed=1)
    assert counts.documents == DocumentCounts(documents=1, held_back=1)


def test_counts_that_do_not_add_up_stop_the_run():
    one = count_document(document("kept", [("ok", "ocr")]))
    with pytest.raises(RunError, match="2 documents came in but 1 have a record"):
        one.check(2)
    with pytest.raises(RunError, match="have a final status"):
        RunCounts(documents=DocumentCounts(documents=1)).check(1)
    with pytest.raises(RunError, match="2 pages were counted but 1"):
        RunCounts(pages=PageCounts(total=2, ocr=1)).check()
    with pytest.raises(RunError, match="from the cache"):
        one.with_cached(2).check(1)


def test_rates():
    assert pages_per_second(100, 8) == 12.5
    assert pages_per_second(100, 0) == 0.0
    assert count_document(document("kept", [("ok", "ocr")] * 3)).with_cached(2).fresh_pages == 1
