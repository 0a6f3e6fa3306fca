"""Pure decisions on attempts: which to make next, given the outcomes so far, and which outcome to accept."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from olmocr_core.domain.models import Attempt, AttemptOutcome, Rotation
from olmocr_core.reading.rotation import add_rotation


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Temperatures by attempt (the last one for all further attempts), and the number of attempts for a page."""

    temperatures: tuple[float, ...]
    max_attempts: int

    def next_attempt(self, history: Sequence[AttemptOutcome]) -> Attempt | None:
        """Return the next attempt, or None if one was good or all are used."""
        if not history:
            return Attempt(number=1, temperature=self.temperatures[0])
        last = history[-1]
        if len(history) >= self.max_attempts or any(outcome.verdict == "ok" for outcome in history):
            return None
        number = len(history) + 1
        return Attempt(
            number=number, temperature=self._temperature(number, last), rotation_ccw=_rotation_after(history)
        )

    def next_attempts(self, history: Sequence[AttemptOutcome], width: int) -> list[Attempt]:
        """Return up to ``width`` next attempts, to make in parallel, as if the earlier ones all failed; [] at the end.

        For the last pages of a run, when slots are idle: parallel attempts end sooner and only cost tokens.
        """
        first = self.next_attempt(history)
        if first is None or not history:
            return [first] if first else []
        numbers = range(first.number + 1, min(first.number + width, self.max_attempts + 1))
        more = (self.temperatures[min(number, len(self.temperatures)) - 1] for number in numbers)
        later = (
            first.model_copy(update={"number": number, "temperature": max(temperature, first.temperature)})
            for number, temperature in zip(numbers, more, strict=True)
        )
        return [first, *later]

    def best_outcome(self, history: Sequence[AttemptOutcome]) -> AttemptOutcome | None:
        """Return the outcome to accept: a good one, else the longest text that still asks for a rotation, else None."""
        good = [outcome for outcome in history if outcome.verdict == "ok"]
        if good:
            return good[0]
        rotated = [outcome for outcome in history if outcome.verdict == "rotation" and outcome.transcription]
        return max(rotated, key=_text_length, default=None)

    def _temperature(self, number: int, last: AttemptOutcome) -> float:
        rung = min(number, len(self.temperatures)) - 1
        if last.verdict != "repetition":
            return self.temperatures[rung]
        # An answer that loops at one temperature would loop again at the same one: take the next higher one.
        higher = [t for t in self.temperatures[rung:] if t > last.attempt.temperature]
        return higher[0] if higher else self.temperatures[rung]


def _rotation_after(history: Sequence[AttemptOutcome]) -> Rotation:
    """Return the rotation of the next attempt, in counter-clockwise degrees.

    Any of the parallel attempts at the latest rotation may have asked for a correction.
    """
    rotation = history[-1].attempt.rotation_ccw
    latest = takewhile(lambda outcome: outcome.attempt.rotation_ccw == rotation, reversed(history))
    for outcome in latest:
        if outcome.verdict == "rotation" and outcome.transcription:
            return add_rotation(rotation, outcome.transcription.rotation_correction)
    return rotation


def _text_length(outcome: AttemptOutcome) -> int:
    return len(outcome.transcription.text) if outcome.transcription else 0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with jitter for an unavailable engine: a ceiling for each wait, a budget for all."""

    first_seconds: float = 0.5
    ceiling_seconds: float = 30.0
    budget_seconds: float = 300.0

    def next_wait(self, tries: int, waited: float, retry_after: float | None, rng: random.Random) -> float | None:
        """Return the seconds to wait after ``tries`` faults and ``waited`` seconds; None if the budget is used up.

        A server that asks for more (``retry_after``) is asked again when the budget ends.
        """
        doubled = min(self.first_seconds * 2 ** min(tries - 1, 16), self.ceiling_seconds)
        wait = retry_after if retry_after is not None else doubled * rng.uniform(0.5, 1.0)
        left = self.budget_seconds - waited
        return min(wait, left) if left > 0 else None
