from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import NothingFound
from olmocr_core.domain.models import Document, Source
from olmocr_core.sources import group
from tests.core.sources.files import PDF, found, names, put


async def test_the_same_bytes_are_one_document_with_all_its_sources(data):
    for name in ("b.pdf", "a.pdf", "sub/c.pdf"):
        put(data / name, PDF + b"same")
    put(data / "aa.pdf", PDF + b"other")
    collected = await found(data, "b.pdf", ".", "sub/c.pdf")
    assert [[s.name for s in d.sources] for d in collected.documents] == [["a.pdf", "b.pdf", "sub/c.pdf"], ["aa.pdf"]]
    assert collected.documents[0].location == str(data / "a.pdf")


async def test_many_files_in_one_go(data):
    for number in range(500):
        put(data / f"{number % 7}" / f"{number:03d}.pdf", PDF + str(number % 250).encode())
    collected = await found(data, data)
    assert len(collected.documents) == 250
    assert len(names(collected)) == 500
    assert all(len(document.sources) == 2 for document in collected.documents)


def test_grouping_keeps_the_order_and_says_each_source_once():
    def document(doc_id: str, *uris: str) -> Document:
        sources = tuple(Source(uri=uri, name=uri) for uri in uris)
        return Document(doc_id=doc_id, kind="pdf", location=uris[0], size_bytes=1, mtime_ns=0, sources=sources)

    grouped = group([document("b", "1"), document("a", "2"), document("b", "3", "1"), document("b", "4")])
    assert [(d.doc_id, d.location, [s.uri for s in d.sources]) for d in grouped] == [
        ("b", "1", ["1", "3", "4"]),
        ("a", "2", ["2"]),
    ]


async def test_documents_stand_in_the_order_of_their_uris_whatever_the_order_of_the_sources(data):
    for name in ("b/1.pdf", "a/2.pdf", "c.pdf"):
        put(data / name, PDF + name.encode())
    collected = await found(data, "c.pdf", "b", "a")
    assert [Path(document.location).name for document in collected.documents] == ["2.pdf", "1.pdf", "c.pdf"]


async def test_an_empty_source_among_others_is_an_error(data):
    put(data / "a.pdf")
    (data / "empty").mkdir()
    with pytest.raises(NothingFound, match="empty"):
        await found(data, "a.pdf", "empty")
