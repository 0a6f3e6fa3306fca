"""Verdicts of the published scorer on equations, recorded with what was drawn by scripts/bench_parity_math.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.draw import Draughtsman
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.judge import KatexJudge, open_judge

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
    judge = KatexJudge(Draughtsman(files, nobody, cache), compat=True)
    verdict = judge.same(case["math"], case["text"], ignore_dollar_delimited=case["ignore_dollars"])
    assert verdict.passed is case["passed"]


def test_same_verdicts_when_drawn_anew(program, katex, tmp_path):
    judge = open_judge(compat=True, cache=tmp_path)
    found = [judge.same(c["math"], c["text"], ignore_dollar_delimited=c["ignore_dollars"]).passed for c in CASES]
    judge.close()
    assert found == [case["passed"] for case in CASES]
