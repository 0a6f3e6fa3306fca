from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.diff import BenchDiff, DiffSide, diff_results
from olmocr_core.bench.diff_table import format_diff
from olmocr_core.bench.result import CheckResult, summarise_results
from olmocr_core.bench.text_diff import format_hunks

PASSED = st.sampled_from([True, False, None])


def check(name: str, passed: bool | None, category: str = "k", **facts: Any) -> CheckResult:
    given = {"candidate": "c", "type": "present", "pdf": "a.pdf", "page": 1, **facts}
    return CheckResult(category=category, id=name, passed=passed, **given)


def side(
    *checks: CheckResult, texts: dict[tuple[str, int], tuple[str, ...]] | None = None, name: str = "s"
) -> DiffSide:
    return DiffSide(name, checks, texts)


def ids(flips: Any) -> list[str]:
    return [flip.check.id for flip in flips]


def test_checks_that_turned_are_told_by_their_way() -> None:
    before = side(
        check("won", False), check("lost", True), check("same", True), check("off", True), check("gone", True)
    )
    after = side(check("won", True), check("lost", False), check("same", True), check("off", None), check("new", True))
    diff = diff_results(before, after)
    assert (ids(diff.won), ids(diff.lost), ids(diff.untested)) == (["won"], ["lost"], ["gone", "off"])
    assert diff.regressed
    (category,) = diff.categories
    assert (category.judged, category.before, category.after, category.lost, category.won) == (3, 2, 2, 1, 1)


def test_winning_and_standing_still_are_no_regression() -> None:
    assert not diff_results(side(check("a", False)), side(check("a", True))).regressed
    assert not diff_results(side(check("a", None)), side(check("a", False))).regressed
    assert diff_results(side(check("a", True)), side()).regressed


def test_the_difference_is_of_means_over_categories() -> None:
    before = side(*(check(str(n), False, "big") for n in range(10)), check("x", False, "small"))
    after = side(*(check(str(n), n == 0, "big") for n in range(10)), check("x", True, "small"))
    diff = diff_results(before, after)
    assert diff.difference == pytest.approx((0.1 + 1.0) / 2)
    assert diff.interval[0] <= diff.difference <= diff.interval[1]


def test_the_interval_is_narrower_than_that_of_two_means_apart() -> None:
    """Paired: what both sides share does not count as noise."""
    old = [check(str(n), n % 2 == 0) for n in range(200)]
    new = [check(str(n), n % 2 == 0 or n < 10) for n in range(200)]
    diff = diff_results(side(*old), side(*new))
    assert diff.difference == pytest.approx(5 / 200)
    assert 0 < diff.interval[0] < diff.difference < diff.interval[1] < 0.06
    low, high = summarise_results("c", new).interval
    assert diff.interval[1] - diff.interval[0] < (high - low) / 2
    assert diff_results(side(*old), side(*new)).interval == diff.interval


@given(st.lists(st.tuples(PASSED, PASSED, st.sampled_from("ab")), max_size=30))
def test_turned_around_it_is_the_reverse(made: list[tuple[bool | None, bool | None, str]]) -> None:
    old = side(*(check(str(n), passed, category) for n, (passed, _, category) in enumerate(made)))
    new = side(*(check(str(n), passed, category) for n, (_, passed, category) in enumerate(made)))
    there, back = diff_results(old, new), diff_results(new, old)
    assert ids(there.won) == ids(back.lost)
    assert there.difference == pytest.approx(-back.difference)
    assert len(there.won) - len(there.lost) == sum(each.after - each.before for each in there.categories)
    assert format_diff(there)


def test_nothing_in_common_is_said() -> None:
    diff = diff_results(side(), side())
    assert (diff.difference, diff.interval, diff.regressed) == (0.0, (0.0, 0.0), False)
    assert "No check has a verdict on both sides." in format_diff(diff)


def pages(before: dict[int, str], after: dict[int, str], *checks: CheckResult) -> BenchDiff:
    old = {("a.pdf", page): (text,) for page, text in before.items()}
    new = {("a.pdf", page): (text,) for page, text in after.items()}
    return diff_results(side(texts=old), side(*checks, texts=new))


def test_pages_whose_text_changed_are_shown_and_those_that_moved_checks_first() -> None:
    old = side(check("lost", True, page=3), texts={("a.pdf", n): (f"text {n}",) for n in (1, 2, 3)})
    new = side(
        check("lost", False, page=3), texts={("a.pdf", n): (f"{'text' if n == 1 else 'word'} {n}",) for n in (1, 2, 3)}
    )
    diff = diff_results(old, new)
    assert diff.compared == 3
    assert diff.pages is not None
    assert [(page.page, page.flips) for page in diff.pages] == [(3, 1), (2, 0)]
    told = format_diff(diff, pages=1)
    assert "## Texts that changed (2 of 3 pages)" in told
    assert "```diff\n- text 3\n+ word 3\n```" in told
    assert "1 more pages changed." in told


def test_a_page_that_only_one_has_is_named() -> None:
    told = format_diff(pages({1: "x"}, {2: "y"}))
    assert "`a.pdf`, page 1\n\nThis page has a text only before." in told
    assert "`a.pdf`, page 2\n\nThis page has a text only after." in told


def test_results_without_texts_are_compared_all_the_same() -> None:
    assert "Texts were not compared" in format_diff(diff_results(side(check("a", True)), side(check("a", False))))


def test_what_tools_wrote_cannot_leave_its_code() -> None:
    hostile = (
        check("`<script>`|", True, pdf="a|`b.pdf"),
        check("`<script>`|", False, pdf="a|`b.pdf", explanation="`x\n# y`"),
    )
    told = format_diff(diff_results(side(hostile[0]), side(hostile[1])))
    assert "\n# y" not in told
    assert "`ˋ<script>ˋ¦`" in told
    told = format_diff(pages({1: "a"}, {1: "```\n# injected\n````"}))
    assert [line for line in told.splitlines() if line.startswith("```")] == ["```diff", "```"]


def test_only_the_changed_words_of_a_long_line_are_shown() -> None:
    words = [f"w{n}" for n in range(60)]
    lines = format_hunks(" ".join(words), " ".join([*words[:30], "new", *words[31:]]))
    assert lines == [
        f"- … {' '.join(words[24:37])} …",
        f"+ … {' '.join([*words[24:30], 'new', *words[31:37]])} …",
    ]


def test_line_breaks_and_spaces_are_no_change_of_words() -> None:
    assert format_hunks("a b\nc", "a  b c\n") == ["  (white space only)"]
    assert format_hunks("a b\nc\nd", "a b c\ne") == ["- a b c d", "+ a b c e"]


def test_many_changes_are_cut_short_and_counted() -> None:
    old = "\n".join(f"same {n}\nold {n}" for n in range(20))
    lines = format_hunks(old, old.replace("old", "new"), most=3)
    assert len(lines) == 7
    assert lines[-1] == "  (17 more differences)"
    huge = format_hunks("a", "b " * 100_000)
    assert max(map(len, huge)) < 500


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_a_change_of_words_always_shows(before: str, after: str) -> None:
    shown = format_hunks(before, after)
    assert shown
    assert (shown == ["  (white space only)"]) == (before.split() == after.split())
