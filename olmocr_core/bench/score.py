"""Score one check on one text, by the type of the check."""

from __future__ import annotations

from olmocr_core.bench.checks import (
    AnyCheck,
    FootnoteCheck,
    FormatCheck,
    MathCheck,
    OrderCheck,
    TableCheck,
    TextCheck,
)
from olmocr_core.bench.equation_checker import EquationChecker, NoEquationChecker
from olmocr_core.bench.table_checks import check_table
from olmocr_core.bench.text_checks import check_baseline, check_footnote, check_format, check_order, check_text
from olmocr_core.bench.verdict import CheckVerdict

NO_EQUATION_CHECKER = NoEquationChecker()


def score_check(
    check: AnyCheck, text: str, *, math: EquationChecker = NO_EQUATION_CHECKER, compat: bool = False
) -> CheckVerdict:
    """Score a check on a page's Markdown ``text``. ``compat`` counts like the published scorer of olmOCR-bench."""
    if isinstance(check, TextCheck):
        return check_text(check, text, compat=compat)
    if isinstance(check, OrderCheck):
        return check_order(check, text)
    if isinstance(check, TableCheck):
        return check_table(check, text, compat=compat)
    if isinstance(check, MathCheck):
        return math.check(check.math, text, ignore_dollar_delimited=check.ignore_dollar_delimited)
    if isinstance(check, FormatCheck):
        return check_format(check, text)
    if isinstance(check, FootnoteCheck):
        return check_footnote(check, text)
    return check_baseline(check, text)
