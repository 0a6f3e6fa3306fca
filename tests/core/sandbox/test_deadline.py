"""A time limit for Python code."""

from __future__ import annotations

import signal

import pytest

from olmocr_core.sandbox.deadline import time_limit


def spin() -> None:
    while True:
        pass


def test_code_that_takes_too_long_is_interrupted() -> None:
    with pytest.raises(TimeoutError, match="time limit"), time_limit(0.01):
        spin()


def test_code_within_the_limit_is_not_disturbed() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with time_limit(60):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    assert signal.getsignal(signal.SIGPROF) == before


def test_the_timer_ends_with_an_error_in_the_block() -> None:
    with pytest.raises(KeyError), time_limit(60):
        raise KeyError("unforeseen")
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
