"""Numbers of listings: which of two runs has listed its sources later is told by number, whatever the clocks say."""

from __future__ import annotations

from olmocr_core.storage.files import create_exclusive
from olmocr_core.storage.paths import AnyPath

LISTINGS = "listings"
# A run that takes its number slowly must still find those that others have taken meanwhile.
_KEPT = 100


def take_listing_number(ledger: AnyPath, least: int = 0) -> int:
    """Take the number of a listing that begins now: greater than ``least`` and all that were taken in this ledger's folder."""
    folder = ledger / LISTINGS
    while True:
        taken = _taken(ledger)
        number = max(0, least, *taken) + 1
        if create_exclusive(folder / f"{number:012d}", b"."):
            for old in taken:
                if old <= number - _KEPT:
                    (folder / f"{old:012d}").unlink(missing_ok=True)
            return number


def check_listing_number(ledger: AnyPath, number: int, newest: int) -> int:
    """The number of a listing beside a ledger whose newest one is ``newest``: a new one if the taken numbers were lost."""
    if newest < number or newest in _taken(ledger):
        return number
    return take_listing_number(ledger, newest)


def _taken(ledger: AnyPath) -> set[int]:
    names = (path.name for path in (ledger / LISTINGS).glob("*"))
    return {int(name) for name in names if name.isdecimal()}
