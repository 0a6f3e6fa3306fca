"""Cross-checks by pypdf and pdfminer.six, which may hang or break."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from olmocr_core.pdf import cross_check
from tests.core.pdf.making import Breaks, Hangs, document, many_pages, one_page, stream, text


@pytest.mark.parametrize("behaviour", [Hangs, Breaks])
def test_pdfminer_may_hang_or_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: type) -> None:
    import pdfminer.high_level

    of = document(tmp_path / "a.pdf", many_pages(2))
    found = cross_check.extract_page_text(of.location, 2, "", 30)
    assert found is not None
    assert found.strip() == "Page number 2"
    monkeypatch.setattr(pdfminer.high_level, "extract_text", lambda *_, **__: behaviour())
    assert cross_check.extract_page_text(of.location, 2, "", 0.2) is None


def test_pypdf_reads_the_page_tree_and_the_metadata(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(3))
    found = cross_check.read_document_structure(of.location, "", 30)
    assert found is not None
    assert found.pages == 3
    assert found.metadata["Language"] == ""


def test_a_file_that_pypdf_cannot_read_has_no_structure(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", b"%PDF-1.7 nothing more")
    assert cross_check.read_document_structure(of.location, "", 30) is None
    assert cross_check.read_document_structure(str(tmp_path / "gone.pdf"), "", 30) is None


@pytest.mark.parametrize(
    ("content", "painted"),
    [
        (b"", False),
        (b"q Q BT ET", False),
        (b"0 0 9 9 re W n", False),
        (b"0 0 9 9 re f", True),
        (b"0 0 m 9 9 l S", True),
        (text(b"words", 10, 10), True),
    ],
)
def test_content_is_painted_by_its_operators(tmp_path: Path, content: bytes, painted: bool) -> None:
    of = document(tmp_path / "a.pdf", one_page(content))
    assert cross_check.has_painted_content(of.location, 1, "", 30) is painted


def test_content_that_cannot_be_read_counts_as_painted(tmp_path: Path) -> None:
    words = text(b"words that are lost", 10, 10)
    broken = stream(b"\0\0" + zlib.compress(words)[2:], b"/Filter /FlateDecode")
    data = one_page(words)
    for number, (old, new) in enumerate([(stream(words), broken), (b"/Contents 4 0 R", b"/Contents 9 0 R")]):
        of = document(tmp_path / f"{number}.pdf", data.replace(old, new))
        assert cross_check.has_painted_content(of.location, 1, "", 30)
    assert cross_check.has_painted_content(of.location, 2, "", 30), "a page that is not there"


def test_pypdf_may_hang_over_the_content_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pypdf

    of = document(tmp_path / "a.pdf", many_pages(1))
    monkeypatch.setattr(pypdf, "PdfReader", Hangs)
    assert cross_check.has_painted_content(of.location, 1, "", 0.05) is None
