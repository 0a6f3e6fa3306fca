"""Evaluate the quality rules: which of them a document breaks, each with a sentence that holds its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olmocr_core.domain.models import PageSummary, Signals
from olmocr_core.domain.quality_rules import RULES, Rule
from olmocr_core.domain.settings import Quality

NAMED_PAGES = 5


def find_broken_rules(
    pages: Sequence[PageSummary], signals: Signals, settings: Quality, rules: Sequence[Rule] = RULES
) -> Iterator[str]:
    """Yield a reason for each rule that the document breaks, and for each page that breaks a rule for pages."""
    for rule in rules:
        limit = _threshold(rule, settings)
        if rule.applies_to == "page":
            yield from _broken_pages(rule, pages, limit)
        elif _breaks(rule, signals, limit):
            yield _reason(rule, signals, limit)


def format_page_numbers(pages: Sequence[int]) -> str:
    """Name the first pages by number, then say how many more there are."""
    shown = ", ".join(map(str, pages[:NAMED_PAGES]))
    more = f" and {len(pages) - NAMED_PAGES} more" if len(pages) > NAMED_PAGES else ""
    return f"page{'s' if len(pages) > 1 else ''} {shown}{more}"


def read_number(signals: Signals, name: str) -> float:
    """The value of a signal; 0 for one that is missing or no number."""
    value = signals.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _threshold(rule: Rule, settings: Quality) -> float:
    if rule.threshold is None:
        return float(getattr(settings, rule.name))
    return settings.thresholds.get(rule.name, rule.threshold)


def _broken_pages(rule: Rule, pages: Sequence[PageSummary], limit: float) -> Iterator[str]:
    measured = (page for page in pages if rule.signal in page.signals)
    broken = [page for page in measured if _breaks(rule, page.signals, limit)]
    for page in broken[:NAMED_PAGES]:
        yield f"page {page.page_number}: {_reason(rule, page.signals, limit)}"
    if rest := [page.page_number for page in broken[NAMED_PAGES:]]:
        yield f"the same holds for {len(rest)} more ({format_page_numbers(rest)})"


def _breaks(rule: Rule, signals: Signals, limit: float) -> bool:
    if read_number(signals, "characters") < rule.min_characters:
        return False
    value = read_number(signals, rule.signal)
    return value < limit if rule.comparison == "at least" else value > limit


def _reason(rule: Rule, signals: Signals, limit: float) -> str:
    shown = _percent if rule.unit == "share" else _plain
    return rule.sentence.format(value=shown(read_number(signals, rule.signal)), limit=shown(limit))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%".replace(".0%", "%")


def _plain(number: float) -> str:
    return f"{number:.0f}" if number.is_integer() else f"{number}"
