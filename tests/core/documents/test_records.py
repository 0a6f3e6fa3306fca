from __future__ import annotations

from olmocr_core.documents.records import build_record
from olmocr_core.documents.signals import measure_text
from olmocr_core.domain.models import DocumentInfo, ErrorInfo
from olmocr_core.domain.settings import Quality
from tests.core.documents.examples import DOCUMENT, PROSE, english, records


def test_a_document_that_cannot_be_opened_fails_with_its_error():
    info = DocumentInfo(error=ErrorInfo(code="encrypted_document", message="a.pdf needs a password"))
    record = build_record(DOCUMENT, info, [], Quality(), english)
    assert (record.status, record.reasons) == ("failed", ("a.pdf needs a password",))
    assert record.sources == DOCUMENT.sources


def test_signals_of_one_page_are_those_of_its_document():
    record = build_record(DOCUMENT, DocumentInfo(pages=1), records("ok"), Quality(), english)
    for name, value in measure_text(PROSE).items():
        assert record.signals[name] == record.pages[0].signals[name] == value
    assert record.pages[0].primary_language == "en"


def test_an_uncertain_language_is_not_stored():
    record = build_record(DOCUMENT, DocumentInfo(pages=1), records("ok"), Quality(), lambda text: ("la", 0.4))
    assert record.pages[0].primary_language is None
    assert record.pages[0].signals["language"] == "la"
