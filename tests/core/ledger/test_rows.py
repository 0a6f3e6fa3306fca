from __future__ import annotations

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.ledger.rows import Head, Part, sources_of
from tests.core.ledger.rows import row


def test_sources_that_are_there_come_before_those_that_were() -> None:
    rows = [row("/c"), row("/b", first_seen="0"), row("/a", status="deleted")]
    assert [source.uri for source in sources_of(rows)] == ["/b", "/c"]
    assert [source.uri for source in sources_of([row("/b", status="deleted")])] == ["/b"]


def test_the_sources_of_an_archive_member_name_the_member() -> None:
    (source,) = sources_of([row("/a.tar", source="/a.tar::x.pdf", name="a/x.pdf")])
    assert (source.uri, source.name) == ("/a.tar::x.pdf", "a/x.pdf")


def test_a_row_without_a_document_is_known_by_its_source() -> None:
    assert row().key == "d" * 64
    assert row("/a.tar", source="/a.tar::x.pdf", doc_id="").key == "/a.tar::x.pdf"


def test_the_head_survives_json() -> None:
    part = Part(number=3, state="00003-r.parquet", records=2, counts=DocumentCounts(documents=2, kept=2), files=("x",))
    head = Head(run="r", published="r", listed="2026", formats={"compression": "gzip"}, next_number=4, parts=(part,))
    assert Head.model_validate_json(head.model_dump_json()) == head
