from __future__ import annotations

import pytest

from olmocr_core.bench.data import read_bench
from olmocr_core.bench.run import NO_TEXT, score_candidate
from olmocr_core.bench.texts import CandidateTexts, read_texts, write_texts
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import present, write_checks


def published(folder, candidate, **skipping):
    """The verdict of the first check of category "one" in compat mode."""
    data = read_bench(folder, compat=True, **skipping)
    return next(check for check in score_candidate(data, candidate, compat=True).results if check.category == "one")


def test_the_mean_is_over_categories_and_a_missing_page_fails(folder):
    result = score_candidate(read_bench(folder), CandidateTexts("c", {("a.pdf", 1): ("alpha",)}))
    assert {name: (s.passed, s.total) for name, s in result.categories.items()} == {
        "one": (1, 2),
        "two": (0, 1),
        "baseline": (1, 2),
    }
    assert result.mean == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert [check.explanation for check in result.results if check.category == "two"] == [NO_TEXT]


def test_more_than_half_of_the_repeats_must_pass(folder):
    data = read_bench(folder / "one.jsonl", skip_baseline=True)
    half = score_candidate(data, CandidateTexts("c", {("a.pdf", 1): ("alpha beta", "")}))
    most = score_candidate(data, CandidateTexts("c", {("a.pdf", 1): ("alpha beta", "", "alpha beta")}))
    assert (half.mean, most.mean) == (0.0, 1.0)


def test_the_readable_part_of_a_damaged_text_counts_except_in_compat_mode(folder):
    write_texts(folder / "out", CandidateTexts("out", {("a.pdf", 1): ("x", "alpha", "alpha")}))
    (folder / "out" / "a_pg1_repeat2.md").write_bytes(b"alpha \xff")
    texts = read_texts(folder / "out", ("a.pdf",))
    assert texts.damaged == {(("a.pdf", 1), 1)}
    assert score_candidate(read_bench(folder), texts).results[0].passed is True
    verdict = published(folder, texts)
    assert (verdict.passed, verdict.share) == (False, pytest.approx(1 / 3))


def test_a_check_on_a_missing_pdf_fails_in_compat_mode(folder):
    write_checks(folder / "one.jsonl", present(1, "alpha", "gone.pdf"))
    with pytest.raises(UsageError, match=r"gone\.pdf is not under pdfs/"):
        read_bench(folder)
    verdict = published(folder, CandidateTexts("c", {("a.pdf", 1): ("alpha",)}))
    assert (verdict.passed, verdict.explanation) == (False, NO_TEXT)


def test_a_page_number_in_a_pdfs_name_counts_in_compat_mode(folder):
    (folder / "pdfs" / "x_pg7.pdf").write_bytes(b"%PDF-1.4")
    write_checks(folder / "one.jsonl", present(1, "alpha", "x_pg7.pdf") | {"page": 7})
    candidate = CandidateTexts("c", {("x_pg7.pdf", 1): ("alpha",)})
    assert score_candidate(read_bench(folder), candidate).results[0].passed is False
    assert published(folder, candidate).passed is True
