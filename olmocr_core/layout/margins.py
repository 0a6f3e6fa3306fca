"""Separate page furniture (running headers, footers, page numbers) from the text by position, gap, type and content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Box, PageLayout, Region, RegionKind, Ruling, Word
from olmocr_core.layout.lines import Line, bounding_box, group_lines

_ROMAN = r"[ivxlcdm]{1,7}|[IVXLC]{1,7}"
_PAGE_NUMBER = re.compile(
    rf"^[\W_]*(?:(?:page|seite|pagina|página|стр\.?|p\.)\s*)?(?:[A-Z]{{1,2}}\s?[-–.]\s?)?(?:\d{{1,4}}|{_ROMAN})"
    rf"(?:\s*(?:of|/|von|de|sur)\s*\d{{1,4}})?[\W_]*$",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_FURNITURE = re.compile(
    rf"https?://|file:///|www\.|\bdoi\b|©|\(c\) ?\d{{4}}|copyright|all rights reserved|\bvol(?:\.|ume)\s*\d|\bissn\b|\bisbn\b"
    rf"|download(?:ed)? (?:from|date|by|on)|\bjournal\b|proceedings of|preprint|arxiv:|published (?:online|by|in|as)"
    rf"|\bpage \d+|\bconfidential\b|\b{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}$|^\W*\d{{1,2}}\s+{_MONTH}\s+\d{{4}}"
    rf"|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|\b(?:19|20)\d\d-\d\d-\d\d\b|^draft$|^draft\b.*(?:cit|circul|distribut|quot)"
    rf"|^\W*(?:un)?classified\W*$|^(?:top )?secret$"
    rf"|\b\d{{1,4}},\s\w{{1,9}}(?:[-–]\w{{1,9}})?\s\((?:19|20)\d\d\)$"
    rf"|under (?:a )?(?:creative commons|licen[cs]e)|\bet al\.?\W*\d*$",
    re.IGNORECASE,
)
# A lone date heads a letter as often as a page.
_LONE_DATE = re.compile(
    rf"^(?:\w+day,?\s+)?(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}\.?\s+{_MONTH},?\s+\d{{4}}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d)$",
    re.IGNORECASE,
)
_EDGE_NUMBER = re.compile(rf"^(?:\d{{1,4}})\b[\s|•·.–—-]+\S|\S[\s|•·.–—-]+(?:\d{{1,4}}|{_ROMAN})$")
# Stamps of web browsers' print function, courts and libraries: furniture even where it touches the text.
_STAMP = re.compile(
    r"\bpage \d+ of \d+\b|\d/\d{1,2}/\d{2,4},? \d{1,2}:\d\d|https?://\S+\s+\d+/\d+$|^download(?:ed)? (?:from|on)\b",
    re.IGNORECASE,
)
# A year at the end ("Annual Report 2023") is no page number, unless a sign separates it from the words.
_YEAR_END = re.compile(r"^(?!\d{1,4}\s*[|•·–—-]).*\w[,.)]*\s(?:1[89]|20)\d\d$")
_SECTION = re.compile(
    r"^(?:\d+\.\d[\d.]*|\d{1,2}\.?(?!\s*[|•·])|[A-Z]\.|chapter|section|part|article|table|figure|fig\.)\s",
    re.IGNORECASE,
)
# "Chapter 3 Derivatives 273" and "42 THE LIFE OF JOHNSON" look like headings except for the page number.
_NUMBERED_HEAD = re.compile(
    r"^(?:(?i:chapter|section|part)\s+\w+\W.*[^\W\d_]{3}.*\s(?!(?:19|20)\d\d$)\d{2,4}|\d{2}\s+[A-Z]{2}[A-Z ,.&'’-]{4,})$"
)
_NOTE_MARK = re.compile(r"^(?:\d{1,2}|[*†‡§¶])\s*[A-Za-z“\"]")
_CAPTION = re.compile(r"^(?:table|figure|fig\.|tab\.|tableau|tabelle|abb\.)\s", re.IGNORECASE)
_MARGIN_ZONE = 0.12
# The rule above footnotes is shorter than this share of the text's width.
_MIN_RULE_SHARE = 0.7
_MAX_EDGE_LINES = 3


@dataclass(frozen=True, slots=True)
class Margins:
    """The remaining words, and what was set apart: uncertain headers and footers, certain furniture, and the lines of both."""

    words: tuple[Word, ...]
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    top: tuple[Line, ...] = ()
    bottom: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class _PageContext:
    """What a line in the margin is compared with, in points."""

    layout: PageLayout
    size: float
    font: str
    lines: int
    gap: float
    text: Box


def split_margins(words: Sequence[Word], layout: PageLayout, size: float) -> Margins:
    """Set apart the lines at the top and bottom of a page that do not belong to its text."""
    lines = group_lines(words)
    if not lines:
        return Margins(tuple(words))
    page = _PageContext(
        layout, size, _find_main_font(words), len(lines), _measure_usual_gap(lines, size), bounding_box(words)
    )
    top = _find_edge_lines(lines, page, top=True)
    rest = lines[len(top) :]
    bottom = _find_edge_lines(rest[::-1], page, top=False)
    taken = {id(word) for line in (*top, *bottom) for word in line.words}
    kept = tuple(word for word in words if id(word) not in taken)
    sorted_out: dict[str, list[str]] = {"header": [], "footer": [], "dropped": []}
    for name, group in (("header", top), ("footer", bottom[::-1])):
        certain = [_is_certain(line, group, lines, page, top=name == "header") for line in group]
        for line, sure in zip(group, certain, strict=True):
            sorted_out["dropped" if sure else name].append(line.text)
    header, footer, dropped = (tuple(sorted_out[name]) for name in ("header", "footer", "dropped"))
    return Margins(kept, header, footer, dropped, tuple(top), tuple(bottom[::-1]))


def is_page_number(text: str) -> bool:
    """Whether a line holds a page number and nothing else."""
    return bool(_PAGE_NUMBER.match(text)) and any(ch.isalnum() for ch in text)


def _find_main_font(words: Sequence[Word]) -> str:
    counts: dict[str, int] = {}
    for word in words:
        counts[word.font] = counts.get(word.font, 0) + len(word.text)
    return max(counts, key=lambda font: (counts[font], font))


def _measure_usual_gap(lines: Sequence[Line], size: float) -> float:
    gaps = [b.box.y0 - a.box.y1 for a, b in pairwise(lines)]
    near = [gap for gap in gaps if -0.5 * size < gap < 1.5 * size]
    return median(near) if near else 0.2 * size


def _find_edge_lines(lines: Sequence[Line], page: _PageContext, *, top: bool) -> list[Line]:
    """The lines, from the edge inwards, that stand apart from the text; at most three."""
    chosen: list[Line] = []
    for count in range(1, min(_MAX_EDGE_LINES, len(lines) - 1) + 1):
        line, following = lines[count - 1], lines[count]
        if not _is_in_zone(line, page, top=top) or not _may_be_furniture(line, page):
            break
        gap = following.box.y0 - line.box.y1 if top else line.box.y0 - following.box.y1
        ruled = _has_rule_between(line.box, following.box, page.layout.rulings, page)
        alone = gap > page.gap + 0.6 * page.size or ruled or _matches_region(line, page.layout.regions)
        stamp = bool(_FURNITURE.search(line.text)) and abs(following.size - line.size) > 0.08 * page.size
        stamp = stamp or bool(_STAMP.search(line.text))
        number = is_page_number(line.text) and gap > 0
        outermost = line.box.y0 < lines[0].box.y1 if top else line.box.y1 > lines[0].box.y0
        if alone or stamp or number or (outermost and _is_running_head(line, page)):
            chosen = list(lines[:count])
    return chosen


def _is_running_head(line: Line, page: _PageContext) -> bool:
    """Whether the outermost line looks like a running head: a page number at one end, and capitals or wide gaps."""
    text = line.text
    if not _EDGE_NUMBER.search(text) or len(text) > 100 or line.size > 2.2 * page.size:
        return False
    letters = [ch for ch in text if ch.isalpha()]
    capitals = sum(ch.isupper() for ch in letters) >= 0.6 * max(len(letters), 1)
    wide = _has_wide_gap(line, page)
    if _YEAR_END.match(text) and not wide:
        return False
    if _NUMBERED_HEAD.match(text) and not line.bold:
        return len(letters) > 3
    if _SECTION.match(text) and not wide and not re.search(r"\b\d{3,4}$", text):
        return False
    if line.size > 1.4 * page.size and not re.search(r"^\d{3,4}\b|\b\d{3,4}$", text):
        return False
    return len(letters) > 3 and (capitals or wide)


def _has_wide_gap(line: Line, page: _PageContext) -> bool:
    """Whether a line has a left and a right part with nothing between them, as no line of a paragraph has."""
    return max((b.box.x0 - a.box.x1 for a, b in pairwise(line.words)), default=0.0) > 2.5 * page.size


def _is_in_zone(line: Line, page: _PageContext, *, top: bool) -> bool:
    height = page.layout.height
    if not top and is_page_number(line.text) and line.box.y1 >= page.text.y1 - 1:
        return True
    # A page may end early or start late; on one with little text that means nothing.
    slack = 1.6 * line.size if page.lines >= 12 else 0.0
    if top:
        return line.box.y1 <= max(_MARGIN_ZONE * height, page.text.y0 + slack) and line.box.y1 <= 0.2 * height
    return line.box.y0 >= min((1 - _MARGIN_ZONE) * height, page.text.y1 - slack) and line.box.y0 >= 0.8 * height


def _may_be_furniture(line: Line, page: _PageContext) -> bool:
    text = line.text
    if _matches_region(line, page.layout.regions, ("title", "table")) or _is_between_rules(line, page):
        return False
    if is_page_number(text) or _matches_region(line, page.layout.regions) or _is_running_head(line, page):
        return True
    if len(text) > 160 or (line.size > 1.15 * page.size and not _FURNITURE.search(text)):
        return False
    if line.box.y0 > page.layout.height / 2 and _is_note(line, page):
        return False
    body = line.box.width > 0.7 * page.text.width and line.size > 0.95 * page.size and len(line.words) > 5
    if body and not _FURNITURE.search(text) and line.words[0].font == page.font and not _has_wide_gap(line, page):
        return False
    return not (len(line.words) > 12 and text.endswith((".", ",", "-", ";")) and not _FURNITURE.search(text))


def _has_rule_between(
    first: Box, second: Box, rulings: Sequence[Ruling], page: _PageContext, *, share: float = 0.3
) -> bool:
    """Whether a rule longer than this share of the text's width runs between two boxes."""
    low, high = sorted((first.center[1], second.center[1]))
    return any(
        r.is_horizontal and low < r.box.center[1] < high and r.box.width > share * page.text.width for r in rulings
    )


def _is_note(line: Line, page: _PageContext) -> bool:
    """Whether a line at the foot of the page is a footnote: a mark, then words, none of them furniture."""
    marked = _NOTE_MARK.match(line.text) and not _is_running_head(line, page)
    return bool(marked) and len(line.words) > 3 and not _FURNITURE.search(line.text)


def _is_between_rules(line: Line, page: _PageContext) -> bool:
    """Whether rules of equal extent close above and below make the line a table head."""
    reach = 1.2 * line.size
    near = [r.box for r in page.layout.rulings if r.is_horizontal and r.box.width >= 0.9 * line.box.width]
    above = [box for box in near if -2 <= line.box.y0 - box.y1 <= reach]
    below = [box for box in near if -2 <= box.y0 - line.box.y1 <= reach]
    return any(abs(a.x0 - b.x0) < 3 and abs(a.x1 - b.x1) < 3 for a in above for b in below)


def _matches_region(
    line: Line, regions: Sequence[Region], kinds: tuple[RegionKind, ...] = ("header", "footer")
) -> bool:
    area = max(line.box.width * line.box.height, 0.1)
    return any(r.kind in kinds and r.box.overlap(line.box) > 0.5 * area for r in regions)


def _is_certain(line: Line, group: Sequence[Line], lines: Sequence[Line], page: _PageContext, *, top: bool) -> bool:
    """Whether one page suffices to decide that a line in the margin is furniture."""
    text = line.text
    if is_page_number(text) or _matches_region(line, page.layout.regions):
        return True
    if line.size > 1.08 * page.size and not _STAMP.search(text) and not _is_running_head(line, page):
        return False
    if page.lines < 8:
        return bool(_FURNITURE.search(text)) and line.size < 0.95 * page.size
    if _is_ruled_off(line, group, lines, page, top=top):
        return True
    dated, head = _LONE_DATE.match(text), _is_running_head(line, page)
    content = 2 if _FURNITURE.search(text) and not dated else 0
    content += 2 if _has_edge_number(text) and not dated else 0
    content += 2 if head and not dated else 0
    apart = 1 if _measure_distance(group, lines, page, top=top) > 1.6 * page.size else 0
    points = content + apart + _count_style_points(line, page)
    section = _SECTION.match(text) and not _NUMBERED_HEAD.match(text) and not head
    points -= 2 if section or line.size > 1.08 * page.size else 0
    points -= 1 if not content and text.isupper() and line.size > 0.94 * page.size else 0
    points -= 1 if line.bold and line.size >= page.size else 0
    if content:
        return points >= 2
    # By type and position alone: only a lone line that stands well apart.
    return points >= 3 and bool(apart) and sum(not is_page_number(other.text) for other in group) == 1


def _is_ruled_off(line: Line, group: Sequence[Line], lines: Sequence[Line], page: _PageContext, *, top: bool) -> bool:
    """Whether a rule across most of the page separates the line from the text; a caption or heading never counts."""
    if line.bold or line.size > 1.15 * page.size or _CAPTION.match(line.text):
        return False
    inner = _find_inner_line(group, lines, top=top)
    return inner is not None and _has_rule_between(
        line.box, inner.box, page.layout.rulings, page, share=_MIN_RULE_SHARE
    )


def _find_inner_line(group: Sequence[Line], lines: Sequence[Line], *, top: bool) -> Line | None:
    """The line of text next to the lines of a margin; None without text."""
    members = set(map(id, group))
    others = [line for line in lines if id(line) not in members]
    return (others[0] if top else others[-1]) if others else None


def _has_edge_number(text: str) -> bool:
    """Whether a page number stands before or after the words; a label with its number (Move 7) does not count."""
    if not _EDGE_NUMBER.search(text) or len(text) >= 90 or (_SECTION.match(text) and not _NUMBERED_HEAD.match(text)):
        return False
    words = text.split()
    if _YEAR_END.match(text):
        return False
    ends = [word for word in (words[0], words[-1]) if word.isdigit()]
    return any(ch.isalpha() for ch in text) and (len(words) > 2 or any(len(end) >= 3 for end in ends))


def _count_style_points(line: Line, page: _PageContext) -> int:
    points = 1 if line.size <= 0.94 * page.size else 0
    other_font = page.font != "" and line.words[0].font != page.font and not line.bold
    points += 1 if line.italic or other_font or (line.text.isupper() and len(line.text) > 3) else 0
    points += 1 if line.box.width < 0.5 * page.text.width and not line.text.endswith(".") else 0
    return points


def _measure_distance(group: Sequence[Line], lines: Sequence[Line], page: _PageContext, *, top: bool) -> float:
    """The gap between the margin's lines and the text in points; a rule between them counts as much."""
    inner = _find_inner_line(group, lines, top=top)
    if inner is None:
        return 0.0
    edge = max(line.box.y1 for line in group) if top else min(line.box.y0 for line in group)
    near = next(line for line in (group[::-1] if top else group))
    if _has_rule_between(near.box, inner.box, page.layout.rulings, page):
        return 3 * page.size
    return inner.box.y0 - edge if top else edge - inner.box.y1
