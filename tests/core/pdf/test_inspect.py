"""Documents before any page is read: pages, metadata, encryption, limits."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import DocumentInfo
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.inspect import _format_iso_date, complete_info, inspect_document
from tests.core.pdf.making import Breaks, Hangs, document, encrypted, many_pages, one_page, session


def described(**values: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(many_pages(1)))
    writer.add_metadata({f"/{key}": value for key, value in values.items()})
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def inspected(path: Path, data: bytes, passwords: tuple[str, ...] = (), limits: Limits | None = None) -> DocumentInfo:
    of = document(path, data)
    work = session(limits, passwords=passwords)
    info = inspect_document(work, of)
    return info if info.error else complete_info(work, of, info, 20)


def test_pages_and_metadata(tmp_path: Path) -> None:
    info = inspected(tmp_path / "a.pdf", many_pages(7))
    assert (info.pages, info.encrypted, info.notes, info.error) == (7, False, (), None)
    info = inspected(
        tmp_path / "b.pdf",
        described(Title="On\nfish\0", Author="É. Zola", CreationDate="D:20240229123456+02'00'", Nonsense="x"),
    )
    assert info.metadata["title"] == "On fish"
    assert info.metadata["author"] == "É. Zola"
    assert info.metadata["created"] == "2024-02-29T12:34:56+02:00"
    assert "nonsense" not in info.metadata


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_encryption(tmp_path: Path, algorithm: str) -> None:
    open_to_all = inspected(tmp_path / "a.pdf", encrypted("", algorithm=algorithm))
    assert (open_to_all.pages, open_to_all.encrypted) == (2, True)
    assert "opened with the empty password" in open_to_all.notes[0]

    locked = inspected(tmp_path / "b.pdf", encrypted("geheim", algorithm=algorithm))
    assert locked.error is not None
    assert locked.error.code == "encrypted_document"
    assert "--password-file" in locked.error.message

    given_one = inspected(tmp_path / "c.pdf", encrypted("geheim", algorithm=algorithm), ("wrong", "geheim"))
    assert (given_one.pages, given_one.error) == (2, None)
    assert "a given password" in given_one.notes[0]

    wrong = inspected(tmp_path / "d.pdf", encrypted("geheim", algorithm=algorithm), ("wrong",))
    assert wrong.error is not None
    assert "none of those given" in wrong.error.message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither a PDF nor"),
        (b"<html>not found</html>", "neither a PDF nor"),
        (b"%PDF-1.7\n" + b"junk " * 200, "damaged beyond repair"),
        (many_pages(3)[:60], "damaged beyond repair"),
    ],
)
def test_unreadable_files_say_why(tmp_path: Path, data: bytes, said: str) -> None:
    info = inspected(tmp_path / "a.pdf", data)
    assert info.error is not None
    assert info.error.code == "unreadable_document"
    assert said in info.error.message


def test_limits_are_named(tmp_path: Path) -> None:
    info = inspected(tmp_path / "a.pdf", many_pages(4), limits=Limits(max_pages=3))
    assert info.error is not None
    assert (info.error.code, "limits.max_pages = 3" in info.error.message) == ("too_many_pages", True)
    info = inspected(tmp_path / "b.pdf", many_pages(1) + b"\n" * (2 << 20), limits=Limits(max_file_mb=1))
    assert info.error is not None
    assert "limits.max_file_mb = 1" in info.error.message


def test_a_wrong_page_count_is_corrected(tmp_path: Path) -> None:
    info = inspected(tmp_path / "a.pdf", one_page(b"").replace(b"/Count 1", b"/Count 9"))
    assert info.pages == 1
    assert info.notes == ("claims 9 pages but holds 1",)
    info = inspected(tmp_path / "b.pdf", one_page(b"").replace(b"/Kids [3 0 R]", b"/Kids []"))
    assert info.error is not None
    assert info.error.message == "it has no pages"


def test_forms_are_noted(corpus: Path) -> None:
    of = document(corpus / "dev" / "pdfs" / "gnarly_form_on_later_pages.pdf")
    assert "has form fields" in inspect_document(session(), of).notes[0]
    of = document(corpus / "hostile" / "active" / "xfa_43_scripts.pdf")
    assert "XFA" in inspect_document(session(), of).notes[0]


@pytest.mark.parametrize("reader", [Hangs, Breaks])
def test_pypdf_may_hang_or_break_on_a_good_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: type
) -> None:
    monkeypatch.setattr(pypdf, "PdfReader", reader)
    of = document(tmp_path / "a.pdf", described(Title="Kept"))
    work = session()
    info = inspect_document(work, of)
    began = time.monotonic()
    assert complete_info(work, of, info, 0.2) == info
    assert time.monotonic() - began < 10
    assert (info.pages, info.metadata["title"]) == (1, "Kept")


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("D:20240229", "2024-02-29"),
        ("D:20250312184726Z", "2025-03-12T18:47:26+00:00"),
        ("D:20130405140000+02'00'", "2013-04-05T14:00:00+02:00"),
        ("D:20130405140000-0530", "2013-04-05T14:00:00-05:30"),
        ("D:20231331", "2023-13-31"),
        ("yesterday", "yesterday"),
        ("D:20249999999999", "D:20249999999999"),
    ],
)
def test_dates(raw: str, iso: str) -> None:
    assert _format_iso_date(raw) == iso


@given(st.text())
def test_dates_never_fail(raw: str) -> None:
    assert isinstance(_format_iso_date(raw), str)
