from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.diff import diff_results
from olmocr_core.bench.diff_table import format_diff
from olmocr_core.bench.result import summarise_results
from tests.core.bench.examples import check, ids, side

PASSED = st.sampled_from([True, False, None])


def test_changed_checks_are_lost_won_or_untested() -> None:
    before = side(
        check("won", False), check("lost", True), check("same", True), check("off", True), check("gone", True)
    )
    after = side(check("won", True), check("lost", False), check("same", True), check("off", None), check("new", True))
    diff = diff_results(before, after)
    assert (ids(diff.won), ids(diff.lost), ids(diff.untested)) == (["won"], ["lost"], ["gone", "off"])
    assert diff.regressed
    (category,) = diff.categories
    assert (category.judged, category.before, category.after, category.lost, category.won) == (3, 2, 2, 1, 1)


def test_won_and_unchanged_checks_are_no_regression() -> None:
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
    """Pairs: noise that both sides share does not count."""
    old = [check(str(n), n % 2 == 0) for n in range(200)]
    new = [check(str(n), n % 2 == 0 or n < 10) for n in range(200)]
    diff = diff_results(side(*old), side(*new))
    assert diff.difference == pytest.approx(5 / 200)
    assert 0 < diff.interval[0] < diff.difference < diff.interval[1] < 0.06
    low, high = summarise_results("c", new).interval
    assert diff.interval[1] - diff.interval[0] < (high - low) / 2
    assert diff_results(side(*old), side(*new)).interval == diff.interval


@given(st.lists(st.tuples(PASSED, PASSED, st.sampled_from("ab")), max_size=30))
def test_swapped_sides_give_the_reverse(made: list[tuple[bool | None, bool | None, str]]) -> None:
    old = side(*(check(str(n), passed, category) for n, (passed, _, category) in enumerate(made)))
    new = side(*(check(str(n), passed, category) for n, (_, passed, category) in enumerate(made)))
    there, back = diff_results(old, new), diff_results(new, old)
    assert ids(there.won) == ids(back.lost)
    assert there.difference == pytest.approx(-back.difference)
    assert len(there.won) - len(there.lost) == sum(each.after - each.before for each in there.categories)
    assert format_diff(there)
