from __future__ import annotations

import pytest

from service import rate_limit
from service.rate_limit import RateLimit


def test_a_minute_of_requests_at_once_and_then_as_they_come_back() -> None:
    limit = RateLimit(60)
    assert [limit.take("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert limit.take("a", 0.25) == pytest.approx(0.75)
    # A refused request takes nothing.
    assert limit.take("a", 1.0) == 0.0
    assert limit.take("a", 1.0) == pytest.approx(1.0)
    assert limit.take("b", 1.0) == 0.0
    assert [limit.take("a", 1000.0) for _ in range(60)] == [0.0] * 60


def test_0_limits_nobody() -> None:
    assert {RateLimit(0).take("a", 0.0) for _ in range(5000)} == {0.0}


def test_clients_that_come_and_go_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_CLIENTS", 2)
    limit = RateLimit(1)
    for client in ("a", "b", "c"):
        assert limit.take(client, 0.0) == 0.0
    assert limit.take("c", 0.0) > 0
    assert limit.take("a", 0.0) == 0.0
