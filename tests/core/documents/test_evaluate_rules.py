"""The quality rules as a table: the same reasons as the rules written out one by one, and rules that are not ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.evaluate_rules import find_broken_rules, format_page_numbers
from olmocr_core.documents.signals import TEXT_SIGNALS
from olmocr_core.domain.models import PageSummary, Signals
from olmocr_core.domain.quality_rules import RULES, Rule
from olmocr_core.domain.settings import Quality

SHARES = st.floats(0, 1).map(lambda share: round(share, 4))
SIGNALS = st.fixed_dictionaries({"characters": st.integers(0, 400)}, optional=dict.fromkeys(TEXT_SIGNALS, SHARES))
SETTINGS = st.builds(
    Quality,
    min_chars=st.integers(0, 400),
    min_alnum_share=SHARES,
    max_repeated_line_share=SHARES,
    max_repeated_ngram_share=SHARES,
    max_mojibake=SHARES,
)
SHOUTING = Rule(
    name="max_capitals",
    signal="capital_share",
    comparison="at most",
    sentence="{value} of its letters are capitals; at most {limit} is tolerated",
    threshold=0.5,
)


def page(number: int, signals: Signals) -> PageSummary:
    return PageSummary(page_number=number, status="ok", route="ocr", engine="cpu", attempts=1, signals=signals)


def percent(share: float) -> str:
    return f"{100 * share:.1f}%".replace(".0%", "%")


def reasons_written_out(signals: Signals, settings: Quality) -> list[str]:
    """The rules as code, one after the other, as they stood before they were data."""
    found = {name: float(signals.get(name) or 0) for name in TEXT_SIGNALS}
    characters = int(signals["characters"] or 0)
    reasons = []
    if characters < settings.min_chars:
        reasons.append(f"{characters} characters of text; {settings.min_chars} are asked for")
    if characters < 200:
        return reasons
    if found["alnum_share"] < settings.min_alnum_share:
        reasons.append(
            f"{percent(found['alnum_share'])} of its visible characters are letters or digits; "
            f"at least {percent(settings.min_alnum_share)} are asked for"
        )
    for name, most, what in (
        ("repeated_line_share", settings.max_repeated_line_share, "of its lines repeat an earlier line"),
        ("repeated_ngram_share", settings.max_repeated_ngram_share, "of its words repeat an earlier run of 10 words"),
        ("mojibake_share", settings.max_mojibake, "of its characters look wrongly decoded"),
    ):
        if found[name] > most:
            reasons.append(f"{percent(found[name])} {what}; at most {percent(most)} is tolerated")
    return reasons


@given(SIGNALS, SETTINGS)
def test_the_table_decides_as_the_rules_written_out(signals: Signals, settings: Quality) -> None:
    assert list(find_broken_rules([], signals, settings)) == reasons_written_out(signals, settings)


def test_each_limit_itself_is_tolerated() -> None:
    settings = Quality(min_chars=300)
    at_the_limit: Signals = {
        "characters": 300,
        "alnum_share": settings.min_alnum_share,
        "repeated_line_share": settings.max_repeated_line_share,
        "repeated_ngram_share": settings.max_repeated_ngram_share,
        "mojibake_share": settings.max_mojibake,
    }
    assert list(find_broken_rules([], at_the_limit, settings)) == []
    assert list(find_broken_rules([], at_the_limit | {"characters": 299}, settings)) == [
        "299 characters of text; 300 are asked for"
    ]


def test_every_rule_looks_at_a_signal_that_is_measured() -> None:
    assert {rule.signal for rule in RULES} <= {"characters", *TEXT_SIGNALS}


def test_a_rule_with_a_threshold_of_its_own_takes_another_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olmocr_core.domain.quality_rules.RULES", (*RULES, SHOUTING))
    signals: Signals = {"characters": 200, "capital_share": 0.6}
    assert list(find_broken_rules([], signals, Quality(), [SHOUTING])) == [
        "60% of its letters are capitals; at most 50% is tolerated"
    ]
    assert list(find_broken_rules([], signals, Quality(thresholds={"max_capitals": 0.6}), [SHOUTING])) == []


def test_a_rule_for_pages_names_the_first_pages_that_break_it() -> None:
    rule = Rule("max_capitals", "capital_share", "at most", "{value} are capitals", threshold=0.5, applies_to="page")
    loud: Signals = {"characters": 200, "capital_share": 0.75}
    pages = [page(number, loud) for number in range(1, 9)]
    short = page(9, {"characters": 199, "capital_share": 0.75})
    assert list(find_broken_rules([*pages, short, page(10, {})], {}, Quality(), [rule])) == [
        *(f"page {number}: 75% are capitals" for number in range(1, 6)),
        "the same holds for 3 more (pages 6, 7, 8)",
    ]


def test_a_rule_for_pages_that_are_not_measured_holds_nothing_back() -> None:
    rule = Rule("min_x", "x", "at least", "{value}", threshold=0.5, applies_to="page", min_characters=0)
    assert list(find_broken_rules([page(1, {})], {}, Quality(), [rule])) == []


def test_pages_are_named_up_to_five() -> None:
    assert format_page_numbers([4]) == "page 4"
    assert format_page_numbers([1, 2, 3, 4, 5, 6, 7]) == "pages 1, 2, 3, 4, 5 and 2 more"
