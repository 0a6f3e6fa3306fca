"""Numbers of listings: each greater than all before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from olmocr_core.ledger.listing_number import LISTINGS, check_listing_number, take_listing_number
from olmocr_core.storage.paths import AnyPath, ObjectPath


def folders(tmp_path: Path, bucket: ObjectPath) -> tuple[AnyPath, AnyPath]:
    return tmp_path / "ledger", bucket / "ledger"


def test_numbers_grow_and_old_ones_are_removed(tmp_path: Path) -> None:
    assert [take_listing_number(tmp_path) for _ in range(150)] == list(range(1, 151))
    kept = sorted(int(path.name) for path in (tmp_path / LISTINGS).iterdir())
    assert kept == list(range(51, 151))


def test_each_number_is_taken_once(tmp_path: Path, bucket: ObjectPath) -> None:
    for folder in folders(tmp_path, bucket):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _, place=folder: take_listing_number(place), range(12)))
        assert sorted(found) == list(range(1, 13))


def test_a_number_that_another_run_published_meanwhile_stays_greater(tmp_path: Path) -> None:
    mine, other = take_listing_number(tmp_path), take_listing_number(tmp_path)
    assert check_listing_number(tmp_path, mine, other) == mine
    assert check_listing_number(tmp_path, other, mine) == other


def test_numbers_that_were_lost_go_on_behind_those_of_the_ledger(tmp_path: Path) -> None:
    assert check_listing_number(tmp_path, take_listing_number(tmp_path), 70) == 71
    assert take_listing_number(tmp_path) == 72
