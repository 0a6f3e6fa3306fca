"""One script a page: on Latin pages the recognisers take strokes and blots for ideographs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from olmocr_core.ocr.recognise import EAST_ASIAN, LineText
from olmocr_core.ocr.words import ReadLine

# East Asian characters among all letters, from which a page is taken to be written in them.
_MIN_SHARE = 0.1
# A name in its own script inside a Latin page is a run of characters, all of them read with confidence.
_RUN = re.compile(f"{EAST_ASIAN.pattern}{{2,}}")
_SURE = 0.85


def drop_stray_ideographs(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """The lines, without East Asian characters where the page is overwhelmingly in other scripts."""
    wide = sum(len(EAST_ASIAN.findall(line.text.text)) for line in lines)
    letters = sum(char.isalpha() for line in lines for char in line.text.text)
    if wide == 0 or wide >= _MIN_SHARE * letters:
        return list(lines)
    return [
        line if line.narrow is None or _has_east_asian_name(line.text) else replace(line, text=line.narrow)
        for line in lines
    ]


def _has_east_asian_name(text: LineText) -> bool:
    return any(fmean(text.confidences[run.start() : run.end()]) >= _SURE for run in _RUN.finditer(text.text))
