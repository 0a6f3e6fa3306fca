"""How well a word explains the output of a recogniser: the forward algorithm of connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olmocr_core.ocr.models import Floats

_MIN_LOG = -30.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Natural logarithms of the recogniser's probabilities by step: (steps, 1 + letters), the CTC blank first.

    ``letters`` names the other columns. Only the steps of the line itself, without the padding.
    """

    logs: Floats
    letters: str

    def slice(self, start: float, stop: float) -> Evidence:
        """The steps of a stretch of the line, both ends from 0 to 1; at least one step."""
        count = len(self.logs)
        first = min(max(0, round(start * count)), count - 1)
        return Evidence(self.logs[first : max(first + 1, round(stop * count))], self.letters)

    def find_columns(self, word: str) -> list[int] | None:
        """The columns of a word's letters; None if one of them was not kept."""
        found = [self.letters.find(char) + 1 for char in word]
        return found if all(found) else None


def extract_evidence(scores: Floats, labels: Sequence[int], letters: str) -> Evidence:
    """The evidence for some letters from all ``scores`` (steps, classes); ``labels`` are the letters' classes."""
    chosen = scores[:, [0, *labels]]
    return Evidence(np.maximum(np.log(np.maximum(chosen, 1e-13)), _MIN_LOG).astype(np.float32), letters)


def compute_log_likelihoods(evidence: Evidence, words: Sequence[str]) -> Floats:
    """For each word, the log probability that the steps spell it and nothing else; -inf for too few steps.

    Forward sums of all words at once: words share their steps, so a hundred cost little more than one.
    """
    columns = [evidence.find_columns(word) or [] for word in words]
    longest = 2 * max((len(found) for found in columns), default=0) + 1
    states = np.zeros((len(words), longest), dtype=np.int64)
    for row, found in enumerate(columns):
        states[row, 1 : 2 * len(found) + 1 : 2] = found
    # A letter may follow its predecessor without a blank between them, unless the two are equal.
    skips = np.zeros(states.shape, dtype=bool)
    skips[:, 2:] = (states[:, 2:] != states[:, :-2]) & (states[:, 2:] > 0)
    seen = evidence.logs[:, states]
    now = np.full(states.shape, -np.inf)
    now[:, :2] = seen[0][:, :2]
    nothing = np.full((len(words), 2), -np.inf)
    for step in seen[1:]:
        one = np.hstack([nothing[:, :1], now[:, :-1]])
        two = np.where(skips, np.hstack([nothing, now])[:, : now.shape[1]], -np.inf)
        now = np.logaddexp(np.logaddexp(now, one), two) + step
    rows, ends = np.arange(len(words)), np.array([2 * len(found) for found in columns])
    total = np.logaddexp(now[rows, ends], now[rows, np.maximum(ends - 1, 0)])
    return np.asarray(np.where(ends > 0, total, -np.inf))
