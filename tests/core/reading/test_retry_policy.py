import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import Attempt, AttemptOutcome, Completion, Transcription
from olmocr_core.reading.retry_policy import Backoff, RetryPolicy

POLICY = RetryPolicy((0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0), 8)
VERDICTS = ("ok", "length", "malformed", "repetition", "rotation")


def outcome(attempt: Attempt, verdict: str, text: str = "x", correction: int = 0) -> AttemptOutcome:
    transcription = Transcription(text=text, is_rotation_valid=verdict != "rotation", rotation_correction=correction)  # type: ignore[arg-type]
    return AttemptOutcome(attempt=attempt, completion=Completion(), verdict=verdict, transcription=transcription)  # type: ignore[arg-type]


def climb(*verdicts: str, correction: int = 90) -> list[AttemptOutcome]:
    history: list[AttemptOutcome] = []
    for verdict in verdicts:
        attempt = POLICY.next_attempt(history)
        assert attempt is not None
        history.append(outcome(attempt, verdict, correction=correction if verdict == "rotation" else 0))
    return history


def test_temperatures_follow_the_settings() -> None:
    history = climb(*["malformed"] * 8)
    assert [item.attempt.temperature for item in history] == [0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0]
    assert POLICY.next_attempt(history) is None


def test_a_good_attempt_ends_the_sequence() -> None:
    history = climb("length", "ok")
    assert POLICY.next_attempt(history) is None
    assert POLICY.best_outcome(history) == history[1]


def test_a_loop_takes_the_next_higher_temperature() -> None:
    history = climb("repetition")
    following = POLICY.next_attempt(history)
    assert following is not None
    assert (following.number, following.temperature) == (2, 0.2)


def test_corrections_add_up_modulo_360() -> None:
    history = climb("rotation", "rotation", correction=270)
    following = POLICY.next_attempt(history)
    assert following is not None
    assert following.rotation_ccw == 180


def test_a_rotated_image_stays_rotated_after_another_verdict() -> None:
    following = POLICY.next_attempt(climb("rotation", "malformed"))
    assert following is not None
    assert following.rotation_ccw == 90


def test_the_longest_rotated_text_is_accepted_in_the_end() -> None:
    first = outcome(Attempt(number=1, temperature=0.1), "rotation", "a long text", 90)
    second = outcome(Attempt(number=2, temperature=0.1), "rotation", "short", 90)
    third = outcome(Attempt(number=3, temperature=0.2), "malformed")
    assert POLICY.best_outcome([first, second, third]) == first


def test_without_a_usable_outcome_there_is_none() -> None:
    assert POLICY.best_outcome(climb("length", "malformed", "repetition")) is None


@given(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=12), st.integers(1, 10))
def test_every_sequence_ends_and_stays_in_bounds(verdicts: list[str], most: int) -> None:
    policy = RetryPolicy(POLICY.temperatures, most)
    history: list[AttemptOutcome] = []
    for verdict in verdicts:
        attempt = policy.next_attempt(history)
        if attempt is None:
            break
        assert attempt.number == len(history) + 1 <= most
        assert attempt.temperature in policy.temperatures
        history.append(outcome(attempt, verdict, correction=90 if verdict == "rotation" else 0))
    assert len(history) <= most


def test_waits_double_with_jitter_up_to_the_ceiling_and_the_budget() -> None:
    backoff = Backoff(first_seconds=1, ceiling_seconds=8, budget_seconds=20)
    waits = [backoff.next_wait(tries, 0, None, random.Random(1)) for tries in range(1, 8)]
    assert all(wait is not None and min(2 ** (i), 8) / 2 <= wait <= min(2**i, 8) for i, wait in enumerate(waits))
    assert backoff.next_wait(1, 19.9, None, random.Random(1)) == pytest.approx(0.1)
    assert backoff.next_wait(1, 20, None, random.Random(1)) is None


def test_retry_after_overrides_the_backoff() -> None:
    assert Backoff(budget_seconds=20).next_wait(1, 0, 7.0, random.Random(1)) == 7.0
    # A longer wait is cut, so that the server is asked once more before the budget ends.
    assert Backoff(budget_seconds=20).next_wait(1, 5, 60.0, random.Random(1)) == 15
    assert Backoff(budget_seconds=20).next_wait(2, 20, 60.0, random.Random(1)) is None


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_correction_back_to_upright(rotation: int) -> None:
    first = outcome(
        Attempt(number=1, temperature=0.1, rotation_ccw=rotation), "rotation", correction=(360 - rotation) % 360
    )  # type: ignore[arg-type]
    following = POLICY.next_attempt([first])
    assert following is not None
    assert following.rotation_ccw == 0


@given(st.lists(st.sampled_from(["length", "malformed", "repetition"]), max_size=8), st.integers(1, 10))
def test_parallel_attempts_start_with_the_next_and_stop_at_the_last(verdicts: list[str], width: int) -> None:
    history = climb(*verdicts)
    ahead, first = POLICY.next_attempts(history, width), POLICY.next_attempt(history)
    assert ahead[:1] == ([first] if first else [])
    assert len(ahead) <= (width if history else 1)
    assert [attempt.number for attempt in ahead] == list(range(len(history) + 1, len(history) + 1 + len(ahead)))
    assert all(attempt.number <= POLICY.max_attempts for attempt in ahead)
    assert all(one.temperature <= two.temperature for one, two in pairwise(ahead))
