from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.duplicates import MIN_CHARS, duplicate_key, mark_duplicate
from olmocr_core.domain.models import DocumentRecord, PageSummary, Source
from olmocr_core.pdf.inspect import complete_info, inspect_document
from tests.core.pdf.making import document, one_page, session

LONG = (
    "Whereas recognition of the inherent dignity of all members of the human family is the foundation of freedom. " * 3
)


def record(doc_id: str, text: str = LONG, status: str = "kept", **fields) -> DocumentRecord:
    return DocumentRecord(
        doc_id=doc_id,
        sources=(Source(uri=f"/data/{doc_id}.pdf", name=f"folder/{doc_id}.pdf"),),
        kind="pdf",
        status=status,
        text=text,
        **fields,
    )


def test_equal_texts_have_one_key_whatever_their_case_and_white_space():
    assert duplicate_key(record("a")) == duplicate_key(record("b", f"\n{LONG.upper()}  ")) is not None
    assert duplicate_key(record("a")) != duplicate_key(record("b", f"{LONG} More."))


def test_short_texts_are_not_compared():
    short = "See attachment."
    assert len(short) < MIN_CHARS
    assert duplicate_key(record("a", short)) is None


@pytest.mark.parametrize("status", ["held_back", "failed", "blank", "partial"])
def test_a_document_that_is_not_published_hides_no_other(status):
    assert duplicate_key(record("a", status=status)) is None


def test_a_duplicate_points_to_its_original_and_keeps_the_reasons_that_it_had():
    found = mark_duplicate(record("b", status="partial", reasons=("page 2 failed",)), "a", "folder/a.pdf")
    assert (found.status, found.duplicate_of) == ("duplicate", "a")
    assert "the same as that of folder/a.pdf" in found.reasons[0]
    assert found.reasons[1:] == ("page 2 failed",)


@pytest.mark.parametrize("status", ["failed", "fallback"])
def test_a_document_with_a_page_that_was_not_read_is_not_compared(status):
    page = PageSummary(page_number=1, status="ok", route="ocr", engine="cpu", attempts=1)
    bad = page.model_copy(update={"page_number": 2, "status": status})
    assert duplicate_key(record("a", pages=(page,))) is not None
    assert duplicate_key(record("a", pages=(page, bad))) is None


def test_a_document_that_has_lost_pages_is_not_compared(tmp_path):
    path = tmp_path / "claims.pdf"
    path.write_bytes(one_page(b"").replace(b"/Count 1", b"/Count 9"))
    inside = session()
    info = complete_info(inside, document(path), inspect_document(inside, document(path)), 60)
    assert info.pages == 1
    assert duplicate_key(record("a", notes=("is encrypted",))) is not None
    assert duplicate_key(record("a", notes=info.notes)) is None


@given(st.text(), st.text())
def test_keys_tell_texts_apart(one, other):
    same = " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
    keys = [duplicate_key(record("a", text + LONG)) for text in (one, other)]
    assert not same or keys[0] == keys[1]
