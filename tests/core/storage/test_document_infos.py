from __future__ import annotations

from pathlib import Path

from olmocr_core.domain.models import DocumentInfo, ErrorInfo
from olmocr_core.storage.document_infos import DocumentInfoCache
from tests.core.fakes import DOC_ID

INFO = DocumentInfo(pages=3, metadata={"title": "x"})


def test_an_info_is_read_back(tmp_path: Path) -> None:
    infos = DocumentInfoCache(tmp_path, max_pages=10)
    assert infos.get(DOC_ID) is None
    infos.put(DOC_ID, INFO)
    assert infos.get(DOC_ID) == INFO


def test_errors_are_not_stored(tmp_path: Path) -> None:
    infos = DocumentInfoCache(tmp_path, max_pages=10)
    infos.put(DOC_ID, DocumentInfo(error=ErrorInfo(code="unreadable_document", message="no")))
    assert infos.get(DOC_ID) is None
    assert list(tmp_path.iterdir()) == []


def test_an_info_with_too_many_pages_or_broken_bytes_counts_as_absent(tmp_path: Path) -> None:
    DocumentInfoCache(tmp_path, max_pages=10).put(DOC_ID, INFO)
    assert DocumentInfoCache(tmp_path, max_pages=2).get(DOC_ID) is None
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(b"{")
    assert DocumentInfoCache(tmp_path, max_pages=10).get(DOC_ID) is None
