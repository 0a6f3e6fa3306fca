"""Likelihoods of words."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from olmocr_core.ocr.ctc import compute_log_likelihoods, extract_evidence


def test_likelihoods_are_sums_over_all_ways_to_spell_a_word() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random((5, 3)).astype(np.float32)
    scores /= scores.sum(axis=1, keepdims=True)
    evidence = extract_evidence(scores, [1, 2], "ab")

    def collapsed(path: tuple[int, ...]) -> str:
        return "".join("ab"[label - 1] for label, _ in itertools.groupby(path) if label)

    for word in ("a", "ab", "aa", "aba", "bbb"):
        paths = [path for path in itertools.product(range(3), repeat=5) if collapsed(path) == word]
        total = sum(math.prod(float(scores[step, label]) for step, label in enumerate(path)) for path in paths)
        assert compute_log_likelihoods(evidence, [word])[0] == pytest.approx(math.log(total), abs=1e-4)
    assert compute_log_likelihoods(evidence, ["aaaaaa"])[0] == -math.inf
    assert compute_log_likelihoods(evidence, ["c"])[0] == -math.inf
