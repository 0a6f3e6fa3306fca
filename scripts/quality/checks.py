"""Checks like those of olmOCR-bench, as functions of an expectation and a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from olmocr_core.reading.repetition import find_repeated_unit
from scripts.quality.models import CheckResult, Expectation
from scripts.quality.normalise import normalise, strip_markdown
from scripts.quality.tables import Cell, Table, find_related, find_tables, is_similar

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_LATEX_NOISE = re.compile(r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|[,;:!> ])(?![a-zA-Z])|\s|\{\}|[$]")
_SINGLE_BRACES = re.compile(r"\{([^{}\\])\}")
_SHOWN = 60


def check_appears(expectation: Expectation, text: str) -> CheckResult:
    """Check that a string is literally in the text, or is not, after NFKC and with collapsed white space."""
    wanted = normalise(expectation.text, typography=False)
    found = wanted in normalise(strip_markdown(text), typography=False)
    if expectation.rule == "not_appears":
        return CheckResult(not found, f"{_quote(wanted)} is in the text" if found else "")
    if found:
        return CheckResult(True)
    return CheckResult(
        False, f"{_quote(wanted)} is missing; nearest: {_nearest(wanted, normalise(strip_markdown(text)))}"
    )


def check_present(expectation: Expectation, text: str) -> CheckResult:
    """Check that a string is in the text except for ``max_diffs`` characters, or is ``absent``."""
    wanted, content = normalise(expectation.text), _cut(normalise(strip_markdown(text)), expectation)
    if not expectation.case_sensitive:
        wanted, content = wanted.casefold(), content.casefold()
    found = _similarity(wanted, content) >= 1 - expectation.max_diffs / max(len(wanted), 1)
    if expectation.rule == "absent":
        return CheckResult(not found, f"{_quote(wanted)} is in the text" if found else "")
    return CheckResult(found, "" if found else f"{_quote(wanted)} is missing; nearest: {_nearest(wanted, content)}")


def _similarity(wanted: str, content: str) -> float:
    """The similarity of the best match of ``wanted`` in ``content``, 0 to 1; of all ``content`` if it is shorter."""
    if len(content) < len(wanted):
        return fuzz.ratio(wanted, content) / 100
    return fuzz.partial_ratio(wanted, content) / 100


def _cut(content: str, expectation: Expectation) -> str:
    first, last = expectation.first_n, expectation.last_n
    if first and last:
        return content[:first] + content[-last:]
    return content[:first] if first else content[-last:] if last else content


def check_order(expectation: Expectation, text: str) -> CheckResult:
    """Check that any match of ``text`` starts before any match of ``after``."""
    content = normalise(strip_markdown(text))
    before, after = normalise(expectation.text), normalise(expectation.after)
    starts = list(find_near_matches(before, content, expectation.max_diffs))
    if not starts:
        return CheckResult(False, f"{_quote(before)} is missing; nearest: {_nearest(before, content)}")
    ends = list(find_near_matches(after, content, expectation.max_diffs))
    if not ends:
        return CheckResult(False, f"{_quote(after)} is missing; nearest: {_nearest(after, content)}")
    if min(starts) < max(ends):
        return CheckResult(True)
    return CheckResult(False, f"wrong order: {_quote(before)} comes after {_quote(after)}")


def find_near_matches(wanted: str, content: str, max_diffs: int) -> Iterator[int]:
    """Find where ``wanted`` starts in ``content`` with at most ``max_diffs`` edits.

    At least one of ``max_diffs + 1`` pieces must be unchanged; the distance is measured around each such piece.
    """
    edits = min(max_diffs, len(wanted) // 2)
    size = max(len(wanted) // (edits + 1), 1)
    seen: set[int] = set()
    for offset in range(0, size * (edits + 1), size):
        piece = wanted[offset : offset + size]
        place = content.find(piece) if piece else -1
        while place >= 0:
            for start in range(max(place - offset - edits, 0), max(place - offset + edits, 0) + 1):
                if start not in seen and _matches_at(wanted, content, start, edits):
                    seen.add(start)
                    yield start
            place = content.find(piece, place + 1)


def _matches_at(wanted: str, content: str, start: int, edits: int) -> bool:
    lengths = range(max(len(wanted) - edits, 0), len(wanted) + edits + 1)
    return any(
        Levenshtein.distance(wanted, content[start : start + length], score_cutoff=edits) <= edits for length in lengths
    )


def check_table(expectation: Expectation, text: str) -> CheckResult:
    """Check that a table has this cell, with all the given relations."""
    tables = find_tables(text)
    if not tables:
        return CheckResult(False, "no table in the text")
    found = False
    complaint = f"no cell {_quote(expectation.text)} in {len(tables)} tables"
    for table in tables:
        for cell in (cell for cell in table if is_similar(cell.text, expectation.text, expectation.max_diffs)):
            wrong = list(_broken_relations(expectation, table, cell))
            if not wrong:
                return CheckResult(True)
            complaint = complaint if found else "; ".join(wrong)
            found = True
    return CheckResult(False, complaint)


def _broken_relations(expectation: Expectation, table: Table, cell: Cell) -> Iterator[str]:
    for relation, wanted in expectation.relations:
        texts = [other.text for other in find_related(table, cell, relation)]
        if not any(is_similar(text, wanted, expectation.max_diffs) for text in texts):
            yield f"{relation} of {_quote(cell.text)} is {_quote(' / '.join(texts))}, not {_quote(wanted)}"


def check_baseline(expectation: Expectation, text: str) -> CheckResult:
    """Check that the text is plausible: not empty, no loop at the end, no unexpected East Asian script; blank if expected."""
    content = normalise(strip_markdown(text))
    if expectation.max_length is not None:
        too_long = len(content) > expectation.max_length
        return CheckResult(not too_long, f"{len(content)} characters on a blank page" if too_long else "")
    if not any(character.isalnum() for character in content):
        return CheckResult(False, "no text")
    if unit := find_repeated_unit(text):
        return CheckResult(False, f"the text ends in a loop of {_quote(unit)}")
    foreign = None if "cjk" in expectation.scripts else _EAST_ASIAN.search(content)
    return CheckResult(
        foreign is None, f"contains {_quote(foreign.group())} on a page without that script" if foreign else ""
    )


def check_math(expectation: Expectation, text: str) -> CheckResult:
    """Check that the LaTeX of a formula is in the text, ignoring spacing and braces: a lower bound without rendering."""
    found = normalise_latex(expectation.text) in normalise_latex(text)
    return CheckResult(found, "" if found else f"the LaTeX of {_quote(expectation.text)} is missing")


def normalise_latex(latex: str) -> str:
    """Remove white space, sizing commands, dollars and braces around single characters from LaTeX."""
    folded = _LATEX_NOISE.sub("", latex)
    return _SINGLE_BRACES.sub(r"\1", folded)


def _nearest(wanted: str, content: str) -> str:
    if not content:
        return "nothing (no text)"
    place = fuzz.partial_ratio_alignment(wanted, content)
    if place is None or place.score < 50:
        return "nothing like it"
    return f"{_quote(content[place.dest_start : place.dest_end])} ({place.score:.0f}% similar)"


def _quote(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
