"""How well a word explains the steps of a recogniser: connectionist temporal classification, its forward sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olmocr_core.ocr.models import Floats

_LEAST = -30.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Natural logarithms of what a recogniser saw at each step: (steps, 1 + letters), the CTC blank first.

    ``letters`` names the other columns. Only the steps of the line itself, without those of the padding.
    """

    logs: Floats
    letters: str

    def between(self, start: float, stop: float) -> Evidence:
        """The steps of a stretch of the line, both ends from 0 to 1; at least one step."""
        count = len(self.logs)
        first = min(max(0, round(start * count)), count - 1)
        return Evidence(self.logs[first : max(first + 1, round(stop * count))], self.letters)

    def columns(self, word: str) -> list[int] | None:
        """The columns of a word's letters; None where one of them was not kept."""
        found = [self.letters.find(char) + 1 for char in word]
        return found if all(found) else None


def kept(scores: Floats, labels: Sequence[int], letters: str) -> Evidence:
    """The evidence for some letters out of all ``scores`` (steps, classes); ``labels`` are the letters' classes."""
    chosen = scores[:, [0, *labels]]
    return Evidence(np.maximum(np.log(np.maximum(chosen, 1e-13)), _LEAST).astype(np.float32), letters)


def log_likelihood(evidence: Evidence, word: str) -> float:
    """The logarithm of the chance that the steps spell ``word`` and nothing else; -inf where they are too few."""
    columns = evidence.columns(word)
    if not columns:
        return float("-inf")
    states = np.zeros(2 * len(columns) + 1, dtype=np.int64)
    states[1::2] = columns
    # A letter may follow the one before it without a blank between, unless the two are the same.
    skips = np.r_[False, False, states[2:] != states[:-2]] & (states > 0)
    rows = evidence.logs[:, states]
    now = np.full(len(states), -np.inf)
    now[:2] = rows[0, :2]
    for row in rows[1:]:
        one = np.r_[-np.inf, now[:-1]]
        two = np.where(skips, np.r_[-np.inf, -np.inf, now[:-2]], -np.inf)
        now = np.logaddexp(np.logaddexp(now, one), two) + row
    return float(np.logaddexp(now[-1], now[-2]))
