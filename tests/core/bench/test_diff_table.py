from __future__ import annotations

from olmocr_core.bench.diff import diff_results
from olmocr_core.bench.diff_table import format_diff
from tests.core.bench.examples import check, pages, side


def test_sides_without_common_checks_are_reported() -> None:
    diff = diff_results(side(), side())
    assert (diff.difference, diff.interval, diff.regressed) == (0.0, (0.0, 0.0), False)
    assert "No check has a verdict on both sides." in format_diff(diff)


def test_changed_pages_are_shown_with_those_of_changed_checks_first() -> None:
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


def test_results_without_texts_are_compared() -> None:
    assert "Texts were not compared" in format_diff(diff_results(side(check("a", True)), side(check("a", False))))


def test_the_output_of_tools_cannot_leave_its_code_block() -> None:
    hostile = (
        check("`<script>`|", True, pdf="a|`b.pdf"),
        check("`<script>`|", False, pdf="a|`b.pdf", explanation="`x\n# y`"),
    )
    told = format_diff(diff_results(side(hostile[0]), side(hostile[1])))
    assert "\n# y" not in told
    assert "`ˋ<script>ˋ¦`" in told
    told = format_diff(pages({1: "a"}, {1: "```\n# injected\n````"}))
    assert [line for line in told.splitlines() if line.startswith("```")] == ["```diff", "```"]
