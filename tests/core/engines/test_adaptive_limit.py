from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.engines.adaptive_limit import INITIAL_LIMIT, AdaptiveLimit, LoadWindow


def settle(maximum: int, slots: int, windows: int = 60, noise: float = 0.0) -> AdaptiveLimit:
    """Run against a server that does ``slots`` pages at once and no more, one page a second each."""
    current = AdaptiveLimit.initial(maximum)
    for number in range(windows):
        wobble = 1 + noise * (1 if number % 2 else -1)
        rate = 1000 * min(current.limit, slots) * wobble
        current = current.update(
            LoadWindow(answers=current.limit, tokens=round(rate * 10), seconds=10, most_in_flight=current.limit)
        )
    return current


def test_the_limit_doubles_from_a_low_start_while_throughput_grows() -> None:
    limits = [settle(256, 1000, windows).limit for windows in range(8)]
    assert limits == [INITIAL_LIMIT, 8, 16, 32, 64, 128, 256, 256]


@pytest.mark.parametrize("slots", [1, 5, 20, 100, 300])
def test_the_limit_settles_near_the_capacity_of_the_server(slots: int) -> None:
    limit = settle(512, slots).limit
    assert min(slots, INITIAL_LIMIT) <= limit <= max(2 * slots, INITIAL_LIMIT + 1)
    assert limit >= 0.75 * slots


def test_a_noisy_throughput_does_not_raise_the_limit_for_ever() -> None:
    assert settle(512, 50, windows=200, noise=0.01).limit <= 110


def test_many_faults_halve_the_limit_and_it_recovers_to_just_below_its_old_value() -> None:
    current = settle(256, 1000)
    shrunk = current.update(LoadWindow(faults=64, answers=100, most_in_flight=256))
    limits = [shrunk.limit]
    for _ in range(6):
        shrunk = shrunk.update(LoadWindow(answers=100, tokens=1000 * shrunk.limit, most_in_flight=shrunk.limit))
        limits.append(shrunk.limit)
    assert limits[:4] == [128, 128, 176, 200]
    assert 224 <= limits[-1] <= 256


def test_some_faults_cost_an_eighth_and_few_cost_nothing() -> None:
    current = settle(256, 1000)
    assert current.update(LoadWindow(faults=30, answers=200, tokens=1, most_in_flight=256)).limit == 224
    assert current.update(LoadWindow(faults=5, answers=250, tokens=1000 * 256, most_in_flight=256)).limit == 256


@pytest.mark.parametrize(("limit", "faults"), [(1, 2), (4, 2), (8, 2), (64, 16)])
def test_many_faults_shrink_the_limit_before_the_window_ends(limit: int, faults: int) -> None:
    current = AdaptiveLimit(maximum=256, limit=limit)
    assert current.is_overloaded(faults)
    assert not current.is_overloaded(faults - 1)


def test_a_queue_inside_of_the_server_costs_an_eighth() -> None:
    current = settle(64, 1000)
    assert current.update(LoadWindow(tokens=1, most_in_flight=64, queued=40)).limit == 56
    assert current.update(LoadWindow(tokens=64_000, most_in_flight=64, queued=2)).limit == 64


def test_a_limit_that_was_not_reached_stays() -> None:
    current = AdaptiveLimit.initial(64)
    assert current.update(LoadWindow(tokens=10**9, most_in_flight=INITIAL_LIMIT - 1)) == current


windows = st.builds(
    LoadWindow,
    answers=st.integers(0, 600),
    tokens=st.integers(0, 10**7),
    seconds=st.floats(0, 100),
    most_in_flight=st.integers(0, 600),
    faults=st.sampled_from([0, 0, 0, 1, 5]),
    queued=st.none() | st.floats(0, 1000),
)


@given(st.integers(1, 512), st.lists(windows, max_size=60))
def test_the_limit_stays_between_one_and_the_maximum(maximum: int, happened: list[LoadWindow]) -> None:
    current = AdaptiveLimit.initial(maximum)
    for window in happened:
        current = current.update(window)
        assert 1 <= current.limit <= maximum
