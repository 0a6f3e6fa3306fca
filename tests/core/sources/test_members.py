"""Members of archives, whatever the type of the archive."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.archive_budget import ArchiveBudget
from olmocr_core.sources.found import Found, NotFollowed, Skipped
from olmocr_core.sources.members import Member, read_members
from tests.core.sources.files import PDF, PNG

SOURCE = Source(uri="/a.tar", name="a.tar")


def member(name: str, content: bytes = PDF, **fields: Any) -> Member:
    values = {"size": len(content), "is_folder": False, "is_regular": True} | fields
    return Member(name=name, open=lambda: io.BytesIO(content), **values)


def read(tmp_path: Path, *members: Member, **limits: int) -> list[Found]:
    return list(read_members(iter(members), SOURCE, "a", tmp_path / "inputs", ArchiveBudget(1, Limits(**limits))))


def test_a_document_is_copied_and_named_below_its_archive(tmp_path: Path) -> None:
    first, second = read(tmp_path, member("x/1.pdf", PDF + b"1"), member("no_suffix", PNG))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert first.sources == (Source(uri="/a.tar::x/1.pdf", name="a/x/1.pdf"),)
    assert (first.kind, first.doc_id, second.kind) == ("pdf", bytes_digest(PDF + b"1"), "image")
    assert Path(first.location).read_bytes() == PDF + b"1"


@pytest.mark.parametrize("name", ["/etc/a.pdf", "../a.pdf", "x/../../a.pdf", "x\\..\\a.pdf", "\\a.pdf"])
def test_a_name_that_leads_out_is_not_followed(tmp_path: Path, name: str) -> None:
    (found,) = read(tmp_path, member(name))
    assert isinstance(found, NotFollowed)
    assert (found.source.uri, found.reason) == (f"/a.tar::{name}", "its name leads out of the archive")
    assert ".." not in found.source.name
    assert not (tmp_path / "inputs").exists()


def test_links_are_not_followed_and_each_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, *(member(f"{number}.pdf", is_regular=False) for number in range(5)))
    assert [(type(one), one.source.uri, one.reason) for one in found] == [
        (NotFollowed, f"/a.tar::{number}.pdf", "it is a link or a device, not a regular file") for number in range(5)
    ]


def test_each_member_of_one_name_is_read_under_a_uri_of_its_own(tmp_path: Path) -> None:
    found = read(
        tmp_path, *(member(name, PDF + mark) for name, mark in [("a.pdf", b"1"), ("a.pdf", b"2"), ("a.pdf#2", b"3")])
    )
    assert [(one.sources[0].uri, one.doc_id) for one in found if isinstance(one, Document)] == [
        ("/a.tar::a.pdf", bytes_digest(PDF + b"1")),
        ("/a.tar::a.pdf#2", bytes_digest(PDF + b"2")),
        ("/a.tar::a.pdf#2#2", bytes_digest(PDF + b"3")),
    ]


def test_folders_and_hidden_files_are_left_out_without_a_word(tmp_path: Path) -> None:
    assert read(tmp_path, member("x/", is_folder=True), member(".git/a.pdf"), member("x/.a.pdf")) == []
    assert len(read(tmp_path, member("./a.pdf"))) == 1


def test_a_bad_member_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    text, empty, other, good = read(
        tmp_path, member("a.pdf", b"text"), member("b.pdf", b""), member("c.txt", b"text"), member("d.pdf")
    )
    assert isinstance(text, Problem)
    assert "neither a PDF" in text.error.message
    assert isinstance(empty, Problem)
    assert empty.error.message == "the file is empty"
    assert (other, type(good)) == (Skipped(), Document)


def test_an_archive_in_an_archive_is_no_document_although_a_pdf_header_stands_near_its_start(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        info = tarfile.TarInfo("1.pdf")
        info.size = len(PDF)
        archive.addfile(info, io.BytesIO(PDF))
    assert PDF in inner.getvalue()[:1024]
    assert read(tmp_path, member("inner", inner.getvalue())) == [Skipped()]


def test_more_members_than_the_limit_end_the_archive(tmp_path: Path) -> None:
    budget = ArchiveBudget(1, Limits(archive_members=2))
    found = read_members((member(f"{n}.pdf") for n in range(3)), SOURCE, "a", tmp_path, budget)
    assert [type(next(found)) for _ in range(2)] == [Document, Document]
    with pytest.raises(UnreadableDocument, match="more than 2 members"):
        next(found)
