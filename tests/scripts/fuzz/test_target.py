"""What counts as a finding: an unexpected error, a broken promise, and work that is not linear."""

from __future__ import annotations

from olmocr_core.domain.json_parsing import load_json
from scripts.fuzz.target import Target, check, tile


def refuse(data: bytes) -> None:
    raise KeyError(data)


def promise(data: bytes) -> None:
    assert data == b"a", "not a"


def quadratic(data: bytes) -> int:
    return sum(1 for _ in data for _ in data)


def test_an_expected_error_is_no_finding() -> None:
    assert check(Target("x", refuse, (), (LookupError,)), b"a") is None


def test_other_errors_and_broken_promises_are() -> None:
    assert "KeyError" in check(Target("x", refuse, ()), b"a").error
    assert check(Target("x", promise, ()), b"a") is None
    assert "not a" in check(Target("x", promise, ()), b"b").error


def test_the_place_is_the_innermost_line_of_the_project() -> None:
    found = check(Target("x", lambda data: load_json(data, 10), ()), b"[")
    assert found.place.startswith("json_parsing.py:")
    assert found.data == b"["


def test_work_that_is_not_linear_is_stopped() -> None:
    found = check(Target("x", quadratic, ()), b"a" * 20_000, slowness=0.05)
    assert "TooSlow" in found.error


def test_a_piece_is_repeated_up_to_a_size() -> None:
    assert tile(b"abc", size=8) == b"abcabcab"
    assert tile(b"abc", 1, 2, size=6) == b"abbbbb"
    assert tile(b"", size=6) == b""
