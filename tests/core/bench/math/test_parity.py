"""Compare verdicts on equations with those of the published scorer, recorded by scripts/bench_parity_math.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.checker import KatexChecker, open_checker
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.renderer import EquationRenderer

FIXTURE = Path(__file__).parents[3] / "data" / "bench_parity_math.jsonl"
CASES = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").splitlines()]


def nobody() -> NoReturn:
    raise AssertionError("everything was drawn before")


def test_the_fixture_holds_both_verdicts():
    assert {case["passed"] for case in CASES} == {True, False}
    assert len(CASES) >= 30


@pytest.mark.parametrize("number", range(len(CASES)))
def test_same_verdict_on_the_same_drawings(number, files, tmp_path):
    case = CASES[number]
    cache = DrawingCache(tmp_path / "equations", with_fonts=False)
    for equation, drawn in case["drawn"].items():
        cache.put(equation, Drawing(**drawn))
    checker = KatexChecker(EquationRenderer(files, nobody, cache), compat=True)
    verdict = checker.check(case["math"], case["text"], ignore_dollar_delimited=case["ignore_dollars"])
    assert verdict.passed is case["passed"]


def test_same_verdicts_when_rendered_again(program, katex, tmp_path):
    checker = open_checker(compat=True, cache=tmp_path)
    found = [checker.check(c["math"], c["text"], ignore_dollar_delimited=c["ignore_dollars"]).passed for c in CASES]
    checker.close()
    assert found == [case["passed"] for case in CASES]
