"""Opening a PDF: unchanged, of the right type, with the right password, once per document."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentChanged, EncryptedDocument, SourceAway, UnreadableDocument
from olmocr_core.pdf.open_pdf import open_pdf, open_session_pdf
from olmocr_core.pdf.render import render_page
from tests.core.pdf.making import (
    document,
    many_pages,
    page,
    session,
)


def test_a_changed_file_is_not_read(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(1))
    work = session()
    render_page(work, page(of))
    (tmp_path / "a.pdf").write_bytes(many_pages(2))
    with pytest.raises(DocumentChanged, match="changed since"):
        render_page(work, page(of))
    (tmp_path / "a.pdf").unlink()
    with pytest.raises(SourceAway, match="can no longer be read"):
        render_page(work, page(of))


def test_consecutive_pages_do_not_open_the_document_again(tmp_path: Path) -> None:
    first, second = document(tmp_path / "a.pdf", many_pages(3)), document(tmp_path / "b.pdf", many_pages(2))
    work = session()
    once = open_session_pdf(work, page(first, 1))
    assert open_session_pdf(work, page(first, 2)) is once
    assert open_session_pdf(work, page(second, 1)) is not once
    assert open_session_pdf(work, page(first, 1)) is not once


def test_encryption_by_certificate_is_not_supported(corpus: Path) -> None:
    with pytest.raises(EncryptedDocument, match="certificate"):
        open_pdf(document(corpus / "hostile" / "encrypted" / "public_key_handler.pdf"), ("a",))


def test_the_error_of_one_document_is_not_reported_for_the_next(corpus: Path) -> None:
    """pdfium's last error outlives the document that it was about."""
    for name in ("user_pw_word.pdf", "public_key_handler.pdf"):
        with pytest.raises(EncryptedDocument):
            open_pdf(document(corpus / "hostile" / "encrypted" / name), ())
        with pytest.raises(UnreadableDocument, match="it has no pages"):
            open_pdf(document(corpus / "hostile" / "filters" / "brotli_filter.pdf"), ())


def test_an_open_pdf_knows_whether_it_is_encrypted(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(1))
    opened = open_pdf(page(of), ())
    assert not opened.encrypted
    opened.close()
