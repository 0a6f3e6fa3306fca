"""What a worker keeps between calls."""

from __future__ import annotations

import pytest

from olmocr_core.sandbox.session import SessionSettings, WorkerSession


class File:
    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_the_last_file_stays_open() -> None:
    session = WorkerSession(SessionSettings())
    first = session.open_file("a", File)
    assert session.open_file("a", File) is first
    assert first.is_open


def test_another_file_closes_the_last_one() -> None:
    session = WorkerSession(SessionSettings())
    first = session.open_file("a", File)
    second = session.open_file("b", File)
    assert not first.is_open
    assert second.is_open
    assert session.open_file("a", File) is not first


def test_a_file_that_cannot_be_opened_leaves_none_open() -> None:
    session = WorkerSession(SessionSettings())
    first = session.open_file("a", File)

    def fail() -> File:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        session.open_file("b", fail)
    assert not first.is_open
    assert session.open_file("a", File) is not first


def test_closing_twice_is_harmless() -> None:
    session = WorkerSession(SessionSettings())
    file = session.open_file("a", File)
    session.close()
    session.close()
    assert not file.is_open


def test_a_value_is_loaded_by_the_first_call_only() -> None:
    session = WorkerSession(SessionSettings())
    made = [session.load_once("model", object) for _ in range(3)]
    assert made[0] is made[1] is made[2]
    assert session.load_once("other", object) is not made[0]


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(SessionSettings(passwords=("secret",)))
