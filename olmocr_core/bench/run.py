"""Score texts on a benchmark, for the command line and the flow."""

from __future__ import annotations

from olmocr_core.bench.checks import AnyCheck
from olmocr_core.bench.data import BenchData
from olmocr_core.bench.equation_checker import EquationChecker, NoEquationChecker
from olmocr_core.bench.math.checker import open_checker
from olmocr_core.bench.result import BenchResult, CheckResult, summarise_results
from olmocr_core.bench.score import NO_EQUATION_CHECKER, score_check
from olmocr_core.bench.texts import CandidateTexts, PageKey
from olmocr_core.bench.verdict import CheckVerdict
from olmocr_core.domain.errors import UsageError

NO_TEXT = "the candidate has no text of this page"
NOT_UTF8 = "the file with this text is not UTF-8"


def score_candidate(
    data: BenchData, candidate: CandidateTexts, *, math: EquationChecker = NO_EQUATION_CHECKER, compat: bool = False
) -> BenchResult:
    """Score every check on the candidate's texts. A page without a text fails its checks."""
    results = [_score_check(category, check, candidate, math=math, compat=compat) for category, check in data.checks]
    return summarise_results(candidate.name, results, candidate.seconds_per_page, compat=compat)


def _score_check(
    category: str, check: AnyCheck, candidate: CandidateTexts, *, math: EquationChecker, compat: bool
) -> CheckResult:
    places = candidate.find_repeats(check.pdf, check.page, compat=compat)
    verdicts = [_score_text(check, candidate, place, math=math, compat=compat) for place in places]
    # Without an equation checker, a page without a text gets no verdict either: candidates stay comparable.
    if not places and check.type == "math":
        verdicts = [score_check(check, "", math=math, compat=compat)]
    no_verdict = next((verdict for verdict in verdicts if verdict.passed is None), None)
    share = sum(bool(verdict.passed) for verdict in verdicts) / max(len(verdicts), 1)
    failed = next((verdict.explanation for verdict in verdicts if verdict.passed is False), "")
    return CheckResult(
        candidate=candidate.name,
        category=category,
        id=check.id,
        type=check.type,
        pdf=check.pdf,
        page=check.page,
        passed=None if no_verdict else share > 0.5,
        share=share,
        score=sum(verdict.score for verdict in verdicts) / max(len(verdicts), 1),
        explanation=no_verdict.explanation if no_verdict else failed if verdicts else NO_TEXT,
    )


def _score_text(
    check: AnyCheck, candidate: CandidateTexts, place: tuple[PageKey, int], *, math: EquationChecker, compat: bool
) -> CheckVerdict:
    if compat and place in candidate.damaged:
        return CheckVerdict.failing(NOT_UTF8)
    key, repeat = place
    return score_check(check, candidate.texts[key][repeat], math=math, compat=compat)


def find_equation_checker(*, compat: bool = False) -> EquationChecker:
    """Return a checker that renders equations, or one without verdicts if Chromium or KaTeX is missing."""
    try:
        return open_checker(compat=compat)
    except UsageError as error:
        return NoEquationChecker(str(error))
