"""Compare our verdicts in compat mode with those of the published scorer, recorded by scripts/bench_parity.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.score import score_check

FIXTURE = Path(__file__).parents[2] / "data" / "bench_parity.jsonl"
CASES = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").splitlines()]


def test_the_fixture_holds_every_type_and_both_verdicts():
    seen = {(case["check"]["type"], case["passed"]) for case in CASES}
    assert seen >= {
        (kind, passed) for kind in ("present", "absent", "order", "table", "baseline") for passed in (True, False)
    }


@pytest.mark.parametrize("number", range(len(CASES)))
def test_same_verdict_as_the_published_scorer(number):
    case = CASES[number]
    assert score_check(parse_check(case["check"]), case["text"], compat=True).passed is case["passed"]
