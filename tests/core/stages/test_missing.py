from __future__ import annotations

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Document, DocumentInfo, ErrorInfo, Source
from olmocr_core.stages.missing import check_none_missing, missing_pages
from olmocr_core.storage.runs import RunDocument
from tests.core.stages.walking import finished_page


def document(pages: int, name: str = "a.pdf", error: ErrorInfo | None = None) -> RunDocument:
    source = Source(uri=f"/in/{name}", name=name)
    found = Document(doc_id="d" * 64, kind="pdf", location="x", size_bytes=1, mtime_ns=0, sources=(source,))
    return RunDocument(document=found, info=DocumentInfo(pages=pages, error=error))


def test_pages_without_a_record_are_missing() -> None:
    records = [finished_page("k", "d" * 64, number) for number in (2, 4)]
    assert missing_pages(document(5), records) == (1, 3, 5)
    assert missing_pages(document(0), []) == ()
    assert missing_pages(document(5, error=ErrorInfo(code="c", message="cannot be opened")), []) == ()


def test_the_error_names_documents_and_ranges_of_pages() -> None:
    check_none_missing([])
    missing = [(document(9), (1, 2, 3, 7, 9)), (document(1, "b.pdf"), (1,))]
    with pytest.raises(RunError, match=r"pages 1-3, 7 and 9 of /in/a\.pdf; page 1 of /in/b\.pdf\..*run again to read"):
        check_none_missing(missing)
    many = [(document(99, f"{number}.pdf"), tuple(range(1, 99, 2))) for number in range(8)]
    with pytest.raises(RunError, match=r"pages 1, 3, 5, 7 and 45 more ranges of /in/0\.pdf;.*; and 3 more documents"):
        check_none_missing(many)
