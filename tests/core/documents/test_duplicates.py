from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.duplicates import MIN_CHARS, TextIndex, mark_duplicates
from olmocr_core.domain.models import DocumentRecord, Source

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


def test_the_first_of_the_run_stays_and_the_others_point_to_it():
    first, second = mark_duplicates([record("a"), record("b", f"\n{LONG.upper()}  ")])
    assert first.status == "kept"
    assert (second.status, second.duplicate_of) == ("duplicate", "a")
    assert "the same as that of folder/a.pdf" in second.reasons[0]


def test_reasons_of_a_partial_document_are_kept():
    _, second = mark_duplicates([record("a"), record("b", status="partial", reasons=("page 2 failed",))])
    assert second.reasons[1:] == ("page 2 failed",)


def test_short_texts_are_alike_by_chance():
    short = "See attachment."
    assert len(short) < MIN_CHARS
    assert [r.status for r in mark_duplicates([record("a", short), record("b", short)])] == ["kept", "kept"]


def test_a_document_that_is_not_published_hides_no_other():
    judged = mark_duplicates([record("a", status="held_back"), record("b"), record("c", status="failed")])
    assert [r.status for r in judged] == ["held_back", "kept", "failed"]


def test_a_document_is_no_duplicate_of_itself():
    index = TextIndex()
    assert index.find_original(record("a")) is None
    assert index.find_original(record("a")) is None


@given(
    st.lists(st.tuples(st.sampled_from(["one ", "two "]), st.sampled_from(["kept", "blank", "partial"])), max_size=12)
)
def test_order_and_number_of_documents_never_change(contents):
    records = [record(str(n), text * 100, status) for n, (text, status) in enumerate(contents)]
    judged = list(mark_duplicates(iter(records)))
    assert [r.doc_id for r in judged] == [r.doc_id for r in records]
    published = [r.text for r in judged if r.status in ("kept", "partial")]
    assert len(published) == len(set(published))
