from __future__ import annotations

import pytest

from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.equation_checker import NO_RENDERER
from olmocr_core.bench.score import score_check
from olmocr_core.bench.verdict import CheckVerdict
from tests.core.bench.examples import passes, score


@pytest.mark.parametrize(
    "values",
    [
        {"type": "present", "text": "alpha"},
        {"type": "order", "before": "alpha", "after": "beta"},
        {"type": "table", "cell": "alpha"},
        {"type": "format", "text": "alpha", "format": "bold"},
        {"type": "footnote", "marker": "1"},
        {"type": "baseline"},
    ],
)
def test_every_type_has_its_check(values: dict[str, object]) -> None:
    page = "**alpha** [^1] beta\n\n| alpha | b |\n| c | d |"
    assert passes(page, **values) is True
    assert passes("", **values) is False


def test_equations_without_a_renderer_have_no_verdict() -> None:
    verdict = score("$x$", type="math", math="x")
    assert verdict.passed is None
    assert verdict.explanation == NO_RENDERER


def test_equations_are_given_to_the_checker_with_the_options_of_the_check() -> None:
    asked = []

    class Recorder:
        def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
            asked.append((reference, text, ignore_dollar_delimited))
            return CheckVerdict.passing()

    values = {"pdf": "a", "page": 1, "id": "x", "type": "math", "math": "x", "ignore_dollar_delimited": True}
    assert score_check(parse_check(values), "$x$", math=Recorder()).passed is True
    assert asked == [("x", "$x$", True)]
