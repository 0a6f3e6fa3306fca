from __future__ import annotations

import json

import pytest

from flows.cli.main import main
from olmocr_core.bench.data import read_bench
from olmocr_core.bench.result import CheckResult, summarise_results
from olmocr_core.bench.run import NO_TEXT, score_candidate, score_folder
from olmocr_core.bench.texts import CandidateTexts, read_texts, write_texts
from olmocr_core.domain.errors import UsageError


def present(number: int, text: str, pdf: str = "a.pdf") -> dict[str, object]:
    return {"pdf": pdf, "page": 1, "id": f"p{number}", "type": "present", "text": text}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pdfs" / "sub").mkdir(parents=True)
    (tmp_path / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "pdfs" / "sub" / "b.pdf").write_bytes(b"%PDF-1.4")
    write(tmp_path / "one.jsonl", present(1, "alpha"), present(2, "beta"))
    write(tmp_path / "two.jsonl", present(1, "gamma", "sub/b.pdf"))
    return tmp_path


def write(path, *checks):
    path.write_text("".join(json.dumps(check) + "\n" for check in checks), encoding="utf-8")


def test_a_file_is_a_category_and_every_pdf_gets_a_sanity_check(folder):
    data = read_bench(folder)
    assert {name: len(checks) for name, checks in data.categories.items()} == {"one": 2, "two": 1, "baseline": 2}
    assert set(read_bench(folder, skip_baseline=True).categories) == {"one", "two"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"type": "smell"}, "smell"),
        ({"max_difs": 2}, "max_difs"),
        ({"max_diffs": -1}, "max_diffs"),
        ({"text": "  "}, "empty"),
        ({"pdf": "z.pdf"}, "z.pdf is not under pdfs/"),
        ({"page": 0}, "page"),
    ],
)
def test_a_faulty_check_is_named_with_its_line(folder, fault, told):
    write(folder / "one.jsonl", present(1, "alpha"), present(2, "beta") | fault)
    with pytest.raises(UsageError, match=r"one\.jsonl, line 2: ") as raised:
        read_bench(folder)
    assert told in str(raised.value)


def test_other_faults_of_a_folder(folder):
    (folder / "one.jsonl").write_text("{oops", encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        read_bench(folder)
    write(folder / "one.jsonl", present(1, "alpha"), present(1, "beta"))
    with pytest.raises(UsageError, match="twice"):
        read_bench(folder)
    with pytest.raises(UsageError, match="contains no"):
        read_bench(folder / "pdfs")


def test_the_mean_is_over_categories_and_a_missing_page_fails(folder):
    result = score_folder(folder, {("a.pdf", 1): ("alpha",)})
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


def test_texts_are_written_and_read_back(folder):
    candidate = CandidateTexts("out", {("a.pdf", 1): ("x", "y"), ("sub/b.pdf", 2): ("z",)}, 0.5)
    write_texts(folder / "out", candidate)
    assert (folder / "out" / "sub" / "b_pg2_repeat1.md").read_text() == "z"
    assert read_texts(folder / "out", ("a.pdf", "sub/b.pdf")) == candidate


def results(passed: list[bool | None]) -> list[CheckResult]:
    facts = {"candidate": "c", "category": "k", "type": "math", "pdf": "a", "page": 1}
    return [CheckResult(id=str(number), passed=each, **facts) for number, each in enumerate(passed)]


def test_what_is_not_judged_does_not_count_and_holds_no_floor():
    result = summarise_results("c", results([True, None, False]))
    assert (result.mean, result.not_judged) == (0.5, 1)
    assert result.describe_shortfalls({"k": 0.5, "mean": 0.5}) == ()
    assert len(result.describe_shortfalls({"k": 0.6, "other": 0.0})) == 2
    assert summarise_results("c", results([None])).describe_shortfalls({"k": 0.0}) == (
        "k has no verdict, its floor is 0.0%",
    )


def test_the_interval_is_the_same_every_time_and_holds_the_mean():
    first = summarise_results("c", results([True] * 30 + [False] * 20))
    assert first.interval == summarise_results("c", results([True] * 30 + [False] * 20)).interval
    assert first.interval[0] < 0.6 < first.interval[1]
    assert summarise_results("c", results([True] * 9)).interval == (1.0, 1.0)


def test_the_command(folder, capsys):
    write_texts(
        folder / "mine", CandidateTexts("mine", {("a.pdf", 1): ("alpha beta <script>",), ("sub/b.pdf", 1): ("-",)})
    )
    command = ["bench", str(folder), "--candidate", str(folder / "mine"), "--results", str(folder / "r")]
    assert main([*command, "--floor", "one=1.0", "--report", str(folder / "r.html")]) == 0
    assert "| mine | 50.0% | 100.0% | 0.0% | 50.0% |" in capsys.readouterr().out
    assert "<script>" not in (folder / "r.html").read_text()
    assert len((folder / "r").read_text().splitlines()) == 5
    assert main([*command, "--floor", "two=0.1"]) == 1
    assert main([*command, "--floor", "two=much"]) == 2
    assert main(["bench", str(folder), "--candidate", str(folder / "nowhere")]) == 2


def published(folder, candidate, **skipping):
    """The verdict of the first check of category "one" in compat mode."""
    data = read_bench(folder, compat=True, **skipping)
    return next(check for check in score_candidate(data, candidate, compat=True).results if check.category == "one")


def test_a_text_that_is_not_utf8_counts_as_far_as_it_can_be_read_but_not_in_compat_mode(folder):
    write_texts(folder / "out", CandidateTexts("out", {("a.pdf", 1): ("x", "alpha", "alpha")}))
    (folder / "out" / "a_pg1_repeat2.md").write_bytes(b"alpha \xff")
    texts = read_texts(folder / "out", ("a.pdf",))
    assert texts.damaged == {(("a.pdf", 1), 1)}
    assert score_candidate(read_bench(folder), texts).results[0].passed is True
    verdict = published(folder, texts)
    assert (verdict.passed, verdict.share) == (False, pytest.approx(1 / 3))


def test_a_check_on_a_pdf_that_is_not_there_fails_in_compat_mode(folder):
    write(folder / "one.jsonl", present(1, "alpha", "gone.pdf"))
    with pytest.raises(UsageError, match=r"gone\.pdf is not under pdfs/"):
        read_bench(folder)
    verdict = published(folder, CandidateTexts("c", {("a.pdf", 1): ("alpha",)}))
    assert (verdict.passed, verdict.explanation) == (False, NO_TEXT)


def test_a_page_number_in_a_pdfs_name_counts_in_compat_mode(folder):
    (folder / "pdfs" / "x_pg7.pdf").write_bytes(b"%PDF-1.4")
    write(folder / "one.jsonl", present(1, "alpha", "x_pg7.pdf") | {"page": 7})
    candidate = CandidateTexts("c", {("x_pg7.pdf", 1): ("alpha",)})
    assert score_candidate(read_bench(folder), candidate).results[0].passed is False
    assert published(folder, candidate).passed is True


@pytest.mark.parametrize("fault", [{"type": "smell"}, {"max_difs": 2}])
def test_what_stops_the_published_scorer_is_told_in_compat_mode_too(folder, fault):
    write(folder / "one.jsonl", present(1, "alpha") | fault)
    with pytest.raises(UsageError, match=r"one\.jsonl, line 1: "):
        read_bench(folder, compat=True)
