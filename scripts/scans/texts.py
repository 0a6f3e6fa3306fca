"""Texts for the generated pages: prose of 1906, German sayings, and letters and lists from names and numbers."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

PROSE = Path("/usr/share/dictd/devil.dict.dz")
GERMAN = Path("/usr/share/games/fortunes/de/zitate.u8")
_SURNAME_LIST = (
    "Abernethy Ballou Cadwalader Coffey Dorrance Eckhart Farnham Giddings Haskell Isham Jessup Kirkbride Lathrop "
    "Meagher Nesmith Oglesby Pendergast Quimby Rathbun Sickels Throckmorton Upshur Vandegrift Wadleigh Yancey"
)
_SURNAMES = _SURNAME_LIST.split()
_PLACE_LIST = (
    "Andover Bellefonte Chillicothe Dubuque Elmira Fredericksburg Galena Hagerstown Ithaca Kankakee Lynchburg "
    "Montpelier Natchez Oswego Paducah Schenectady Tuscaloosa Utica Vicksburg Yazoo"
)
_PLACES = _PLACE_LIST.split()
_LETTER = (
    "I BEG TO ACKNOWLEDGE RECEIPT OF YOUR LETTER OF {date} CONCERNING THE CLAIM OF {name} OF {place}, {number} IN ALL.",
    "Referring to your favor of {date}, I have this day forwarded to Mr. {name}, {place}, the sum of ${number}.",
    "The officers named below will report without delay to Colonel {name} at {place} for duty with the {number}th.",
    "Kindly inform this office whether the papers of {name} were received from {place} before {date}.",
)
_MONTH_LIST = "January February March April May June July August September October November December"
_MONTHS = _MONTH_LIST.split()
Source = Callable[[random.Random], list[str]]


def prose(rng: random.Random) -> list[str]:
    """Take paragraphs of The Devil's Dictionary (package dict-devil), from a random position."""
    with gzip.open(PROSE) as file:
        whole = file.read().decode("utf-8", "replace")
    return _from(rng, whole[8000:].replace("_", ""))


def german(rng: random.Random) -> list[str]:
    """Take German sayings (package fortunes-de): words that an English dictionary must not change."""
    return _from(rng, GERMAN.read_text("utf-8").replace("%", "\n"))


def _from(rng: random.Random, whole: str) -> list[str]:
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", whole)]
    parts = [part for part in parts if len(part) > 60 and "|" not in part]
    start = rng.randrange(len(parts) - 30)
    return parts[start : start + 30]


def letter(rng: random.Random) -> list[str]:
    """Write the sentences of a letter, some in capitals like telegrams."""
    return [_filled(rng, rng.choice(_LETTER)) for _ in range(14)]


def names(rng: random.Random) -> list[str]:
    """Write names with places and numbers: words that no dictionary contains."""
    return [
        f"{rng.choice(_SURNAMES)}, {rng.choice('ABCDEFGHJLMW')}. {rng.choice('ABCDEFGHJLMW')}., {rng.choice(_PLACES)}, "
        f"Co. {rng.choice('ABCDEFGHIK')}, {rng.randint(1, 199)}th regt., {rng.randint(1, 9999):,}; died {_date(rng)}."
        for _ in range(16)
    ]


def _filled(rng: random.Random, sentence: str) -> str:
    name, place, date = f"J. {rng.choice(_SURNAMES)}", rng.choice(_PLACES), _date(rng)
    number = f"{rng.randint(3, 9999):,}"
    if sentence.isupper() or sentence.split(" {")[0].isupper():
        name, place, date = name.upper(), place.upper(), date.upper()
    return sentence.format(name=name, place=place, date=date, number=number)


def _date(rng: random.Random) -> str:
    return f"{rng.choice(_MONTHS)} {rng.randint(1, 28)}, {rng.randint(1848, 1922)}"
