"""The attempt ladder, decided by pure functions: what to try next given what came back so far, and what to settle for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from olmocr_core.domain.models import Attempt, AttemptOutcome, Rotation
from olmocr_core.reading.rotation import add_rotation


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Temperatures by rung (the last one serves every further rung) and the number of attempts a page may use."""

    temperatures: tuple[float, ...]
    max_attempts: int

    def next_attempt(self, history: Sequence[AttemptOutcome]) -> Attempt | None:
        """The next attempt, or None when one is good or all are used."""
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
        """The next attempts, up to ``width``, as if each before them came back bad without saying why; [] when done.

        For the last pages of a run, when places stand empty: side by side they end sooner and cost tokens only.
        """
        first = self.next_attempt(history)
        if first is None or not history:
            return [first] if first else []
        rungs = range(first.number + 1, min(first.number + width, self.max_attempts + 1))
        more = (self.temperatures[min(number, len(self.temperatures)) - 1] for number in rungs)
        later = (
            first.model_copy(update={"number": number, "temperature": max(temperature, first.temperature)})
            for number, temperature in zip(rungs, more, strict=True)
        )
        return [first, *later]

    def best_outcome(self, history: Sequence[AttemptOutcome]) -> AttemptOutcome | None:
        """What to settle for: a good attempt, else the longest text of a page that still claims to be turned, else None."""
        good = [outcome for outcome in history if outcome.verdict == "ok"]
        if good:
            return good[0]
        turned_pages = [outcome for outcome in history if outcome.verdict == "rotation" and outcome.transcription]
        return max(turned_pages, key=_text_length, default=None)

    def _temperature(self, number: int, last: AttemptOutcome) -> float:
        rung = min(number, len(self.temperatures)) - 1
        if last.verdict != "repetition":
            return self.temperatures[rung]
        # A loop at one temperature loops again at the same one: climb to the next that is higher.
        higher = [t for t in self.temperatures[rung:] if t > last.attempt.temperature]
        return higher[0] if higher else self.temperatures[rung]


def _rotation_after(history: Sequence[AttemptOutcome]) -> Rotation:
    """How the page is to be turned next, counter-clockwise degrees.

    Of attempts at one rotation that were made side by side, any may be the one that asked for a turn.
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
    """Waits between tries at an engine that does not answer: they double up to a ceiling, with jitter, within a budget."""

    first_seconds: float = 0.5
    ceiling_seconds: float = 30.0
    budget_seconds: float = 300.0

    def next_wait(self, tries: int, waited: float, retry_after: float | None, rng: random.Random) -> float | None:
        """Seconds to wait after ``tries`` faults and ``waited`` seconds of waiting; None when the budget is used up."""
        doubled = min(self.first_seconds * 2 ** min(tries - 1, 16), self.ceiling_seconds)
        wait = retry_after if retry_after is not None else doubled * rng.uniform(0.5, 1.0)
        return wait if waited + wait <= self.budget_seconds else None
