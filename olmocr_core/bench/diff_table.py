"""Format a comparison of two results as Markdown. Texts and names come from tools, so they are shown as code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olmocr_core.bench.diff import BenchDiff, CategoryDiff, Flip, PageChange
from olmocr_core.bench.text_diff import format_hunks

CHECKS = 100
PAGES = 20


def format_diff(diff: BenchDiff, checks: int = CHECKS, pages: int = PAGES) -> str:
    """Format the means, the categories, at most ``checks`` checks of each kind, and at most ``pages`` changed pages."""
    parts = [f"# {_code(diff.before)} → {_code(diff.after)}", _means(diff), _table(diff)]
    parts += _flips("Passed before, fail now", diff.lost, checks)
    parts += _flips("Passed before, no verdict now", diff.untested, checks)
    parts += _flips("Failed before, pass now", diff.won, checks)
    parts += _pages(diff, pages)
    return "\n\n".join(parts)


def _means(diff: BenchDiff) -> str:
    if not diff.categories:
        return "No check has a verdict on both sides."
    number = len(diff.categories)
    before = sum(each.before / each.judged for each in diff.categories) / number
    after = sum(each.after / each.judged for each in diff.categories) / number
    low, high = diff.interval
    judged = sum(each.judged for each in diff.categories)
    interval = f"95% interval {_points(low)} to {_points(high)}"
    return (
        f"Mean {before:.1%} → {after:.1%}: **{_points(diff.difference)} points** ({interval}, "
        f"over {judged} checks with a verdict on both sides). {len(diff.lost)} checks lost, {len(diff.won)} won."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _table(diff: BenchDiff) -> str:
    head = [
        "| category | checks | before | after | points | lost | won |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join([*head, *(_row(each) for each in diff.categories)])


def _row(each: CategoryDiff) -> str:
    rates = f"{each.before / each.judged:.1%} | {each.after / each.judged:.1%} | {_points(each.difference)}"
    return f"| {_plain(each.name)} | {each.judged} | {rates} | {each.lost} | {each.won} |"


def _flips(title: str, flips: Sequence[Flip], most: int) -> Iterator[str]:
    if not flips:
        return
    yield f"## {title} ({len(flips)})"
    lines = [_line(flip) for flip in flips[:most]]
    if len(flips) > most:
        lines.append(f"- and {len(flips) - most} more")
    yield "\n".join(lines)


def _line(flip: Flip) -> str:
    check = flip.check
    why = next((side.explanation for side in (flip.after, flip.before) if side and side.explanation), "")
    reason = f": {_code(why)}" if why else ""
    return (
        f"- {_plain(check.category)} {_code(check.id)} ({check.type}), page {check.page} of {_code(check.pdf)}{reason}"
    )


def _pages(diff: BenchDiff, most: int) -> Iterator[str]:
    if diff.pages is None:
        yield "Texts were not compared: one side is a file of results without texts."
        return
    yield f"## Texts that changed ({len(diff.pages)} of {diff.compared} pages)"
    yield from (_page(page) for page in diff.pages[:most])
    if len(diff.pages) > most:
        yield f"{len(diff.pages) - most} more pages changed."


def _page(page: PageChange) -> str:
    title = f"### {_code(page.pdf)}, page {page.page}"
    if page.before is None or page.after is None:
        side = "after" if page.before is None else "before"
        return f"{title}\n\nThis page has a text only {side}."
    # Every line of a hunk starts with a sign or spaces, so none can end the fence.
    return "\n".join([title, "", "```diff", *format_hunks(page.before, page.after), "```"])


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    shown = " ".join(text.split()).replace("`", "ˋ").replace("|", "¦")
    return f"`{shown[:300]}`"
