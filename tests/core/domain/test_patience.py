from __future__ import annotations

from olmocr_core.domain.patience import Patience


def waits(patience: Patience, key: str) -> list[float]:
    """What is waited for a key that never comes back."""
    found: list[float] = []
    while (wait := patience.next_wait(key, len(found) + 1, sum(found))) is not None:
        found.append(wait)
    return found


def test_waits_double_until_the_time_is_over() -> None:
    assert waits(Patience(4), "a") == [0.25, 0.5, 1.0, 2.0, 0.25]


def test_a_key_that_was_given_up_is_not_waited_for_again_and_halves_the_time_of_the_next() -> None:
    patience = Patience(4)
    assert [sum(waits(patience, key)) for key in ("a", "a", "b", "c")] == [4, 0, 2, 1]


def test_one_that_came_back_makes_waiting_worth_the_whole_time_again() -> None:
    patience = Patience(4)
    waits(patience, "a")
    patience.came_back("a")
    assert [sum(waits(patience, key)) for key in ("a", "b")] == [4, 2]


def test_without_time_nothing_is_waited_for() -> None:
    assert waits(Patience(), "a") == []
