from __future__ import annotations

from service.jobs.pace import Pace


def test_nothing_is_estimated_before_a_page_has_finished() -> None:
    assert Pace().seconds(3) is None


def test_time_between_documents_does_not_count() -> None:
    pace = Pace()
    for start in (0.0, 1000.0):
        pace.begin(start, 5)
        for page in range(1, 6):
            pace.count(start + 2.0 * page)
        pace.rest()
    assert pace.seconds(10) == 20.0
    # Documents that nobody has opened count as those that were read.
    assert pace.seconds(0, unopened=2) == 20.0


def test_a_change_shows() -> None:
    pace = Pace()
    pace.begin(0.0, 200)
    for page in range(1, 101):
        pace.count(1.0 * page)
    for page in range(1, 101):
        pace.count(100 + 3.0 * page)
    found = pace.seconds(1)
    assert found is not None
    assert 2.9 < found <= 3.0
