from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.assembly import assemble, join_pages, split_pages
from olmocr_core.domain.models import (
    Attempt,
    AttemptOutcome,
    Completion,
    Document,
    DocumentInfo,
    ErrorInfo,
    PageRecord,
    Source,
    Transcription,
    Usage,
)

DOC = "d" * 64
DOCUMENT = Document(
    doc_id=DOC,
    kind="pdf",
    location="a.pdf",
    size_bytes=1,
    mtime_ns=0,
    sources=(Source(uri="a.pdf", name="a.pdf"),),
)


def page(number: int, text: str = "", **fields) -> PageRecord:
    said = {key: fields.pop(key) for key in ("header", "footer", "dropped") if key in fields}
    values = {"status": "ok", "route": "ocr", "engine": "scripted"} | fields
    return PageRecord(
        key=f"k{number}",
        doc_id=DOC,
        page_number=number,
        transcription=Transcription(text=text, **said),
        **values,
    )


def assembled(*pages: PageRecord, count: int | None = None):
    return assemble(DOCUMENT, DocumentInfo(pages=len(pages) if count is None else count), pages)


def test_the_joining_newline_belongs_to_the_page_before_it():
    text, spans = join_pages(["# Title\nHello.", "", "raw pdftotext\n\f"])
    assert text == "# Title\nHello.\n\nraw pdftotext\n\f"
    assert [(s.start, s.end, s.page_number) for s in spans] == [(0, 15, 1), (15, 16, 2), (16, 31, 3)]


@given(st.lists(st.text(max_size=40), max_size=12))
def test_spans_tile_the_text_and_split_it_into_pages(texts):
    text, spans = join_pages(texts)
    assert [span.start for span in spans] == [0, *(span.end for span in spans)][: len(spans)]
    assert (spans[-1].end if spans else 0) == len(text)
    assert [span.page_number for span in spans] == list(range(1, len(texts) + 1))
    assert list(split_pages(text, spans)) == texts


@given(
    st.lists(
        st.tuples(st.text("ab12 \n", max_size=20), st.lists(st.text("ab12", max_size=5), max_size=2)),
        min_size=1,
        max_size=10,
    ),
    st.randoms(use_true_random=False),
)
def test_assembly_does_not_depend_on_the_order_of_records(contents, random):
    pages = [
        page(number, text, header=tuple(blocks), footer=tuple(blocks))
        for number, (text, blocks) in enumerate(contents, 1)
    ]
    whole = assembled(*pages)
    random.shuffle(pages)
    assert assembled(*pages) == whole
    assert "".join(whole.text[span.start : span.end] for span in whole.spans) == whole.text
    assert len(list(whole.page_texts())) == len(pages) == len(whole.pages)


def test_margin_blocks_that_do_not_recur_are_restored_as_paragraphs():
    pages = [page(n, f"Body {n}.", header=("The Report",), footer=(f"Page {n}",)) for n in range(1, 6)]
    pages[0] = page(1, "Body 1.", header=("The Report", "Confidential draft"), footer=("Written in Paris",))
    whole = assembled(*pages)
    assert list(whole.page_texts()) == [
        "Confidential draft\n\nBody 1.\n\nWritten in Paris", "Body 2.", "Body 3.", "Body 4.", "Body 5."
    ]  # fmt: skip
    assert whole.pages[1].signals["furniture_blocks"] == 2


def test_a_single_page_keeps_its_margins():
    assert assembled(page(1, "Body.", header=("ACME Ltd",), footer=("VAT 123 456",))).text == (
        "ACME Ltd\n\nBody.\n\nVAT 123 456"
    )


def test_recurring_edge_lines_are_removed_without_margin_blocks():
    pages = [page(n, f"ACME handbook\n\nWhat page {n} says\n\n{n} of 6") for n in range(1, 7)]
    assert list(assembled(*pages).page_texts()) == [f"What page {n} says" for n in range(1, 7)]


def test_a_line_that_starts_a_paragraph_is_never_removed():
    pages = [page(n, f"Dear reader\nthis is letter {n}.\n\nYours") for n in range(1, 5)]
    assert next(iter(assembled(*pages).page_texts())) == "Dear reader\nthis is letter 1.\n\nYours"


def test_a_page_without_a_record_is_a_failed_page_with_a_reason():
    whole = assembled(page(1, "one"), page(3, "three"), count=3)
    assert whole.text == "one\n\nthree"
    assert [page.page_number for page in whole.pages if page.status == "failed"] == [2]
    assert whole.pages[1].error.code == "page_missing"
    assert "run again" in whole.pages[1].error.message


def test_failed_and_blank_pages_have_no_text_and_keep_their_reason():
    broken = page(2, "left over", status="failed", route="none", error=ErrorInfo(code="page_timeout", message="60 s"))
    whole = assembled(page(1, "one"), broken, page(3, "", status="blank", route="blank"))
    assert list(whole.page_texts()) == ["one", "", ""]
    assert whole.pages[1].error.message == "60 s"
    assert [p.status for p in whole.pages] == ["ok", "failed", "blank"]


def test_summaries_carry_the_accepted_attempt_and_the_tokens_of_all():
    def outcome(number, temperature, rotation, verdict):
        completion = Completion(usage=Usage(input_tokens=100, output_tokens=10 * number))
        attempt = Attempt(number=number, temperature=temperature, rotation_ccw=rotation)
        return AttemptOutcome(attempt=attempt, completion=completion, verdict=verdict)

    attempts = (outcome(1, 0.1, 0, "rotation"), outcome(2, 0.2, 90, "ok"))
    whole = assembled(page(1, "x", attempts=attempts, accepted_attempt=2), page(2, "y", status="fallback"))
    first = whole.pages[0]
    assert (first.attempts, first.temperature, first.rotation_ccw) == (2, 0.2, 90)
    assert [(page.input_tokens, page.output_tokens) for page in whole.pages] == [(200, 30), (0, 0)]
    assert [page.page_number for page in whole.pages if page.status == "fallback"] == [2]


def test_pages_of_another_document_are_refused():
    with pytest.raises(ValueError, match="were given for document"):
        assemble(DOCUMENT, DocumentInfo(pages=1), [page(1).model_copy(update={"doc_id": "e" * 64})])


def test_a_document_without_pages_is_empty():
    whole = assembled(count=0)
    assert (whole.text, whole.spans, whole.pages) == ("", (), ())
