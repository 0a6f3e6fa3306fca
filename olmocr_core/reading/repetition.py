"""Detect repetition: a model in a loop repeats the same unit at the end of its answer.

The criterion: the last ``WINDOW`` characters end in a unit of ``p`` characters, repeated ``n`` times in a row, with
n * p >= 1,000 characters, and n >= 30 for units shorter than 40 characters, n >= 12 up to 200, n >= 6 above. Ordinary
pages stay far below: the rows of a number column differ, leaders and rules are shorter than 1,000 characters, and forms
have fewer empty rows.
"""

from __future__ import annotations

WINDOW = 6000
_MIN_RUN = 1000
_SURE_TO_RECUR = 800
_CHECK_EVERY = 400


def find_repeated_unit(text: str) -> str | None:
    """Find the unit that the end of ``text`` repeats, or None. White space alone is not a unit."""
    tail = text[-WINDOW:].rstrip()[::-1]
    if not _may_loop(tail):
        return None
    best = _longest_run(tail)
    if best is None:
        return None
    unit = tail[: best[0]][::-1]
    return unit if unit.strip() else None


def _may_loop(text: str) -> bool:
    """Cheap test without false negatives: all units of a run but the last recur one unit later, so 800 characters do.

    With six or more units in 1,000 or more characters, at least 833 characters precede the last unit, and no unit is
    longer than a sixth of the window. Ordinary pages are ruled out here, in microseconds instead of milliseconds.
    """
    return text.find(text[:_SURE_TO_RECUR], 1, WINDOW // 6 + _SURE_TO_RECUR) > 0 if len(text) >= _MIN_RUN else False


def _longest_run(text: str) -> tuple[int, int] | None:
    """Find the (period, length) of the longest prefix that meets the criterion, with the border array of Knuth-Morris-Pratt."""
    border = [0] * len(text)
    found: tuple[int, int] | None = None
    matched = 0
    for index in range(1, len(text)):
        while matched and text[index] != text[matched]:
            matched = border[matched - 1]
        if text[index] == text[matched]:
            matched += 1
        border[index] = matched
        length = index + 1
        if length >= _MIN_RUN and length // (length - matched) >= _min_repeats(length - matched):
            found = (length - matched, length)
    return found


def _min_repeats(period: int) -> int:
    if period < 40:
        return 30
    return 12 if period < 200 else 6


class RepetitionDetector:
    """Detects repetition in a streamed answer; checks every few hundred characters."""

    def __init__(self) -> None:
        self._tail = ""
        self._unseen = 0

    def feed(self, chunk: str) -> bool:
        """Add the next characters; True if the answer now ends in a loop."""
        self._tail = (self._tail + chunk)[-WINDOW:]
        self._unseen += len(chunk)
        if self._unseen < _CHECK_EVERY:
            return False
        self._unseen = 0
        return find_repeated_unit(self._tail) is not None
