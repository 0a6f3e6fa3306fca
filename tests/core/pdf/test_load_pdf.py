"""pdfium reads a document through a descriptor."""

from __future__ import annotations

import os
from pathlib import Path

import pypdfium2
import pytest

from olmocr_core.domain.errors import SourceAway, UnreadableDocument
from olmocr_core.pdf.load_pdf import PdfSource
from olmocr_core.pdf.open_pdf import open_pdf, open_session_pdf
from tests.core.pdf.making import document, encrypted, many_pages, session


def test_a_document_is_loaded_block_by_block(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(many_pages(300))
    source = PdfSource(str(tmp_path / "a.pdf"))
    loaded = pypdfium2.PdfDocument(source.load(""))
    assert len(loaded) == 300
    assert "Page number 300" in loaded[299].get_textpage().get_text_range()
    loaded.close()
    source.close()


def test_a_password_is_passed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(encrypted("open"))
    source = PdfSource(str(tmp_path / "a.pdf"))
    assert not source.load("")
    assert source.error is None
    assert source.load("open")
    source.close()


def test_a_file_that_cannot_be_read_is_no_damaged_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = document(tmp_path / "a.pdf", many_pages(2))

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(SourceAway, match="the file can no longer be read: Input/output error"):
        open_pdf(of, ())


def test_a_page_that_cannot_be_read_to_its_end_is_no_blank_page(tmp_path: Path) -> None:
    worker, of = session(), document(tmp_path / "a.pdf", many_pages(50))
    opened = open_session_pdf(worker, of)
    assert open_session_pdf(worker, of) is opened
    opened.source.error = OSError(5, "Input/output error")
    with pytest.raises(SourceAway), opened.page(50):
        pass
    with open_session_pdf(worker, of).page(50) as found:
        assert "Page number 50" in found.get_textpage().get_text_range()
    worker.close()


def test_nothing_stays_open_whether_it_loads_or_not(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    open_pdf(document(tmp_path / "a.pdf", many_pages(2)), ()).close()
    with pytest.raises(UnreadableDocument):
        open_pdf(document(tmp_path / "b.pdf", b"%PDF-1.7 and no more"), ())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
