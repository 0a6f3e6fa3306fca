"""One check against one text: the scorers behind one function."""

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
from olmocr_core.bench.judge_math import MathJudge, NoMathJudge
from olmocr_core.bench.sanity import judge_baseline
from olmocr_core.bench.table_checks import judge_table
from olmocr_core.bench.text_checks import judge_footnote, judge_format, judge_order, judge_text
from olmocr_core.bench.verdict import Verdict

NO_MATH = NoMathJudge()


def judge(check: AnyCheck, text: str, *, math: MathJudge = NO_MATH, compat: bool = False) -> Verdict:
    """Does the page's Markdown ``text`` pass? ``compat`` counts as the published scorer of olmOCR-bench does."""
    if isinstance(check, TextCheck):
        return judge_text(check, text, compat=compat)
    if isinstance(check, OrderCheck):
        return judge_order(check, text)
    if isinstance(check, TableCheck):
        return judge_table(check, text, compat=compat)
    if isinstance(check, MathCheck):
        return math.same(check.math, text, ignore_dollar_delimited=check.ignore_dollar_delimited)
    if isinstance(check, FormatCheck):
        return judge_format(check, text)
    if isinstance(check, FootnoteCheck):
        return judge_footnote(check, text)
    return judge_baseline(check, text)
