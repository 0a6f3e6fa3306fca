from __future__ import annotations

import pytest

from olmocr_core.bench.texts import CandidateTexts, read_texts, write_texts
from olmocr_core.domain.errors import UsageError


def test_texts_are_written_and_read_back(folder):
    candidate = CandidateTexts("out", {("a.pdf", 1): ("x", "y"), ("sub/b.pdf", 2): ("z",)}, 0.5)
    write_texts(folder / "out", candidate)
    assert (folder / "out" / "sub" / "b_pg2_repeat1.md").read_text() == "z"
    assert read_texts(folder / "out", ("a.pdf", "sub/b.pdf")) == candidate


def test_a_folder_without_texts_of_the_pdfs_is_refused(tmp_path):
    (tmp_path / "other_pg1_repeat1.md").write_text("x")
    with pytest.raises(UsageError, match=r"must be named like a_pg1_repeat1\.md"):
        read_texts(tmp_path, ("a.pdf",))


def test_repeats_come_in_the_order_of_their_numbers(tmp_path):
    for repeat in (10, 2, 1):
        (tmp_path / f"a_pg1_repeat{repeat}.md").write_text(str(repeat))
    assert read_texts(tmp_path, ("a.pdf",)).texts == {("a.pdf", 1): ("1", "2", "10")}


def test_a_damaged_text_is_named_by_its_position(tmp_path):
    (tmp_path / "a_pg1_repeat1.md").write_text("good")
    (tmp_path / "a_pg1_repeat5.md").write_bytes(b"bad \xff")
    found = read_texts(tmp_path, ("a.pdf",))
    assert found.damaged == {(("a.pdf", 1), 1)}
    assert found.texts["a.pdf", 1][1] == "bad \ufffd"


def test_the_seconds_of_a_page_must_be_one_number(tmp_path):
    (tmp_path / "a_pg1_repeat1.md").write_text("x")
    (tmp_path / "seconds_per_page.txt").write_text("fast")
    with pytest.raises(UsageError, match="must contain one number"):
        read_texts(tmp_path, ("a.pdf",))


def test_compat_finds_a_page_by_any_number_in_the_name_of_its_file():
    candidate = CandidateTexts("c", {("x_pg7.pdf", 1): ("a", "b"), ("y.pdf", 7): ("c",)})
    assert candidate.find_repeats("x_pg7.pdf", 7) == ()
    assert candidate.find_repeats("x_pg7.pdf", 7, compat=True) == ((("x_pg7.pdf", 1), 0), (("x_pg7.pdf", 1), 1))
