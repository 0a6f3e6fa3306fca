"""Clean text on input: remove characters that break JSON, Arrow or the display."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# Control characters except tab and newline, lone surrogates, BOM, and the non-characters that XML and Arrow refuse.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LIGATURES = dict(
    zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")

# Long runs of characters from the blocks that hold all combining marks, and all characters that become marks only.
_LONG_RUN = re.compile(
    "[\u0300-\u20ff\u2cef-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabed\ufb1e\ufe20-\ufe2f\uff9e\uff9f"
    "\U000101fd-\U0001e94a]{65,}"
)


def clean_text(text: str) -> str:
    """Normalise to NFC with line feeds only, expand ligatures, and remove characters that writers refuse."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u00a0", " ")
    text = _LIGATURE.sub(lambda found: _LIGATURES[found.group()], text)
    return to_form("NFC", _FORBIDDEN.sub("", text))


def to_form(form: Form, text: str) -> str:
    """``unicodedata.normalize`` in linear time: that takes the square of the length of a run of combining marks."""
    return unicodedata.normalize(form, order_long_runs(form, text))


def order_long_runs(form: Form, text: str) -> str:
    """Decompose long runs of marks and put them in canonical order; no normal form of the text changes by that."""
    decomposed: Form = "NFKD" if form in ("NFKC", "NFKD") else "NFD"

    def ordered(found: re.Match[str]) -> str:
        # The check is quick: marks that are out of order end it at once.
        if unicodedata.is_normalized(form, found[0]):
            return found[0]
        return _in_order("".join(_decompose(decomposed, char) for char in found[0]))

    return _LONG_RUN.sub(ordered, text)


_decompose = lru_cache(4096)(unicodedata.normalize)


def _in_order(text: str) -> str:
    """The marks after each other character by their combining class, equal classes as they were."""
    done: list[str] = []
    waiting: defaultdict[int, list[str]] = defaultdict(list)
    for char in text:
        kind = unicodedata.combining(char)
        if not kind:
            done += (mark for each in sorted(waiting) for mark in waiting[each])
            waiting.clear()
            done.append(char)
        else:
            waiting[kind].append(char)
    done += (mark for each in sorted(waiting) for mark in waiting[each])
    return "".join(done)
