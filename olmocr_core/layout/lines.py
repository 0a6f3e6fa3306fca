"""Group words into lines by chaining them from left to right, so that a page may be skewed by a degree."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

from olmocr_core.domain.geometry import Box, Word, enclose

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")
_MONO = re.compile(
    r"mono|courier|consol|menlo|typewriter|cmtt|inconsolata|fixed|lucidacons|nimbusmon|sftt", re.IGNORECASE
)
# Gap below which a superscript or subscript touches its neighbour, in type sizes.
_TOUCHING_GAP = 0.06


@dataclass(frozen=True)
class Line:
    """Words that share a baseline, in logical order, with the box around them."""

    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        """The smallest box around all words."""
        return bounding_box(self.words)

    @cached_property
    def size(self) -> float:
        """The type size of most characters, in points."""
        return measure_typical_size(self.words)

    @cached_property
    def text(self) -> str:
        """The words with single spaces; words that touch are joined."""
        return join_words(self.words)

    @cached_property
    def bold(self) -> bool:
        """Whether most characters are bold."""
        return 2 * sum(len(w.text) for w in self.words if w.bold) > sum(len(w.text) for w in self.words)

    @cached_property
    def italic(self) -> bool:
        """Whether most characters are italic."""
        return 2 * sum(len(w.text) for w in self.words if w.italic) > sum(len(w.text) for w in self.words)

    @cached_property
    def mono(self) -> bool:
        """Whether all but stray words are monospaced."""
        mono = sum(len(w.text) for w in self.words if _MONO.search(w.font))
        return mono >= 0.8 * sum(len(w.text) for w in self.words)


def bounding_box(words: Iterable[Word]) -> Box:
    """The smallest box around one or more words."""
    return enclose(word.box for word in words)


def measure_mono_share(words: Iterable[Word]) -> float:
    """The share of characters in monospaced fonts."""
    total = mono = 0
    for word in words:
        total += len(word.text)
        mono += len(word.text) if _MONO.search(word.font) else 0
    return mono / total if total else 0.0


def measure_typical_size(words: Iterable[Word], default: float = 10.0) -> float:
    """The median type size, each word weighted by its length."""
    weighted = sorted((word.size, len(word.text)) for word in words)
    half = sum(weight for _, weight in weighted) / 2
    for size, weight in weighted:
        half -= weight
        if half <= 0:
            return max(size, 1.0)
    return default


def measure_body_size(words: Sequence[Word]) -> float:
    """The size of running text: the largest that at least 30% of characters have, else the median."""
    counts: dict[float, int] = {}
    for word in words:
        rounded = round(2 * word.size) / 2
        counts[rounded] = counts.get(rounded, 0) + len(word.text)
    enough = 0.3 * sum(counts.values())
    common = [size for size, count in counts.items() if count >= enough]
    return max(*common, 1.0) if common else measure_typical_size(words)


def is_rtl(text: str) -> bool:
    """Whether most letters belong to a right-to-left script."""
    right = len(_RTL.findall(text))
    return right > 0 and 2 * right > len(_LETTER.findall(text))


def join_words(words: Sequence[Word]) -> str:
    """The words of one line with single spaces; words that touch in a text layer are joined."""
    if not words:
        return ""
    parts = [words[0].text]
    for before, word in itertools.pairwise(words):
        gap = max(word.box.x0 - before.box.x1, before.box.x0 - word.box.x1)
        certain = before.confidence >= 1.0 and word.confidence >= 1.0
        ends = before.text.endswith((r"\)", r"\]")) and word.text[0] in ".,;:)" and gap < 0.6 * before.size
        touches = ends or (certain and gap < _TOUCHING_GAP * min(before.size, word.size) and _is_script(before, word))
        parts.append(word.text if touches else " " + word.text)
    return "".join(parts)


def _is_script(before: Word, word: Word) -> bool:
    """Whether one of two neighbours is raised, lowered or smaller: only there does a text layer separate touching words."""
    smaller = min(before.size, word.size) < 0.85 * max(before.size, word.size)
    shifted = abs(before.box.y1 - word.box.y1) > 0.15 * max(before.size, word.size)
    return smaller or shifted


def group_lines(words: Sequence[Word]) -> list[Line]:
    """Lines from top to bottom; every word is in exactly one. Words that OCR put on one line stay together."""
    if not words:
        return []
    unit = max(median_low(max(word.box.height, 1.0) for word in words), 1.0)
    table = _OpenLines(unit)
    for atom in sorted(_group_ocr_lines(words), key=lambda atom: (round(atom[0].box.x0), atom[0].box.y0)):
        table.add(atom)
    found = [Line(_sort_logically([word for atom in line for word in atom])) for line in table.lines]
    return sorted(found, key=lambda line: (_measure_middle(line), line.box.x0))


def _group_ocr_lines(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    grouped: dict[int, list[Word]] = {}
    single = []
    for word in words:
        if word.line < 0:
            single.append((word,))
        else:
            grouped.setdefault(word.line, []).append(word)
    return single + [tuple(sorted(group, key=lambda word: word.box.x0)) for group in grouped.values()]


class _OpenLines:
    """Lines that still grow to the right, indexed by the height of their last word."""

    def __init__(self, unit: float) -> None:
        self.lines: list[list[tuple[Word, ...]]] = []
        self._unit = unit
        self._tails: list[tuple[float, float, float]] = []
        self._shelves: dict[int, list[int]] = {}

    def add(self, atom: tuple[Word, ...]) -> None:
        chosen = self._find_best_line(atom[0].box)
        if chosen is None:
            chosen = len(self.lines)
            self.lines.append([])
            self._tails.append((0.0, 0.0, 0.0))
        else:
            _, y0, y1 = self._tails[chosen]
            self._shelves[int((y0 + y1) / 2 // self._unit)].remove(chosen)
        self.lines[chosen].append(atom)
        tail = atom[-1].box
        self._tails[chosen] = (tail.x1, tail.y0, tail.y1)
        self._shelves.setdefault(int((tail.y0 + tail.y1) / 2 // self._unit), []).append(chosen)

    def _find_best_line(self, box: Box) -> int | None:
        """The line that a word at ``box`` continues: most shared height first, then the nearest."""
        x0, y0, y1, unit = box.x0, box.y0, box.y1, self._unit
        height = y1 - y0
        slack = x0 + 0.6 * max(box.x1 - x0, unit)
        reach = int((height / 2 + unit) // unit) + 1
        here = int((y0 + y1) / 2 // unit)
        best, chosen = 0.0, None
        for shelf in range(here - reach, here + reach + 1):
            for index in self._shelves.get(shelf, ()):
                x1, top, bottom = self._tails[index]
                shared = (bottom if bottom < y1 else y1) - (top if top > y0 else y0)
                share = shared / max(min(bottom - top, height), 0.1)
                if share <= 0.5 or x1 >= slack:
                    continue
                score = share - 0.002 * max(x0 - x1, 0.0) / unit
                if score > best:
                    best, chosen = score, index
        return chosen


def _measure_middle(line: Line) -> float:
    """The median height of the line's words; a superscript or a large initial does not move it."""
    return median_low((word.box.y0 + word.box.y1) / 2 for word in line.words)


def _sort_logically(words: list[Word]) -> tuple[Word, ...]:
    """Words in reading order: right to left in such scripts, with their Latin runs left to right."""
    words.sort(key=lambda word: word.box.x0)
    if not is_rtl(" ".join(word.text for word in words)):
        return tuple(words)
    ordered: list[Word] = []
    run: list[Word] = []
    for word in reversed(words):
        if _RTL.search(word.text) or not re.search(r"[A-Za-z]", word.text):
            ordered.extend(reversed(run))
            run = []
            ordered.append(word)
        else:
            run.append(word)
    return tuple(ordered + run[::-1])
