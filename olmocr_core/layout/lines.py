"""Words to lines: chained from left to right, so that a page may be skewed by a degree."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

from olmocr_core.geometry import Box, Word

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")
_MONO = re.compile(
    r"mono|courier|consol|menlo|typewriter|cmtt|inconsolata|fixed|lucidacons|nimbusmon|sftt", re.IGNORECASE
)
# Below this share of the type size, neighbours of a text layer were one run that changed font or height.
_GLUE = 0.06


@dataclass(frozen=True)
class Line:
    """Words that share a baseline, in logical order, with the box around them."""

    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        """The smallest box around all words."""
        return bounds(self.words)

    @cached_property
    def size(self) -> float:
        """The type size of most characters, in points."""
        return typical_size(self.words)

    @cached_property
    def text(self) -> str:
        """The words with single spaces; what touches stays together."""
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
        """Whether all but stray words are in a font of fixed width."""
        mono = sum(len(w.text) for w in self.words if _MONO.search(w.font))
        return mono >= 0.8 * sum(len(w.text) for w in self.words)


def bounds(words: Iterable[Word]) -> Box:
    """The smallest box around one or more words."""
    boxes = [word.box for word in words]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def typical_size(words: Iterable[Word], default: float = 10.0) -> float:
    """The median type size, each word weighted by its length."""
    weighted = sorted((word.size, len(word.text)) for word in words)
    half = sum(weight for _, weight in weighted) / 2
    for size, weight in weighted:
        half -= weight
        if half <= 0:
            return max(size, 1.0)
    return default


def is_rtl(text: str) -> bool:
    """Whether most letters belong to a script that runs from right to left."""
    right = len(_RTL.findall(text))
    return right > 0 and 2 * right > len(_LETTER.findall(text))


def join_words(words: Sequence[Word]) -> str:
    """The words of one line with single spaces; what touches in a text layer stays together."""
    if not words:
        return ""
    parts = [words[0].text]
    for before, word in itertools.pairwise(words):
        gap = max(word.box.x0 - before.box.x1, before.box.x0 - word.box.x1)
        certain = before.confidence >= 1.0 and word.confidence >= 1.0
        touches = certain and gap < _GLUE * min(before.size, word.size) and before.box.x0 != word.box.x0
        parts.append(word.text if touches else " " + word.text)
    return "".join(parts)


def group_lines(words: Sequence[Word]) -> list[Line]:
    """Lines from top to bottom; every word is in exactly one. Words that OCR put on one line stay together."""
    if not words:
        return []
    unit = max(median_low(max(word.box.height, 1.0) for word in words), 1.0)
    open_lines: dict[int, list[int]] = {}
    lines: list[list[tuple[Word, ...]]] = []
    tails: list[Box] = []
    for atom in sorted(_atoms(words), key=lambda atom: (round(bounds(atom).x0), atom[0].box.y0)):
        head, tail = atom[0].box, atom[-1].box
        chosen = _best_line(head, tails, open_lines, unit)
        if chosen is None:
            chosen = len(lines)
            lines.append([])
            tails.append(tail)
        else:
            open_lines[_bucket(tails[chosen], unit)].remove(chosen)
        lines[chosen].append(atom)
        tails[chosen] = tail
        open_lines.setdefault(_bucket(tail, unit), []).append(chosen)
    found = [Line(_logical([word for atom in line for word in atom])) for line in lines]
    return sorted(found, key=lambda line: (_middle(line), line.box.x0))


def _atoms(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    grouped: dict[int, list[Word]] = {}
    single = []
    for word in words:
        if word.line < 0:
            single.append((word,))
        else:
            grouped.setdefault(word.line, []).append(word)
    return single + [tuple(sorted(group, key=lambda word: word.box.x0)) for group in grouped.values()]


def _bucket(box: Box, unit: float) -> int:
    return int((box.y0 + box.y1) / 2 // unit)


def _middle(line: Line) -> float:
    """Where most of the line stands; a superscript or a large initial does not move it."""
    return median_low((word.box.y0 + word.box.y1) / 2 for word in line.words)


def _best_line(box: Box, tails: list[Box], open_lines: dict[int, list[int]], unit: float) -> int | None:
    best, chosen = 0.0, None
    reach = int((box.height / 2 + unit) // unit) + 1
    here = _bucket(box, unit)
    for bucket in range(here - reach, here + reach + 1):
        for index in open_lines.get(bucket, ()):
            tail = tails[index]
            shared = min(tail.y1, box.y1) - max(tail.y0, box.y0)
            share = shared / max(min(tail.height, box.height), 0.1)
            apart = box.x0 - tail.x1
            score = share - 0.002 * max(apart, 0.0) / unit
            if share > 0.5 and apart > -0.6 * max(box.width, unit) and score > best:
                best, chosen = score, index
    return chosen


def _logical(words: list[Word]) -> tuple[Word, ...]:
    """Words in the order in which they are read: right to left for such scripts, their Latin runs left to right."""
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
