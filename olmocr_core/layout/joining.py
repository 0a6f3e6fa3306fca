"""Join lines to running text: undo hyphenation without a dictionary, guided by the page's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

_HYPHEN_END = re.compile(r"([^\W\d_]+)[-‐¬\xad]$")
_LOWER_START = re.compile(r"([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Prefixes that usually keep their hyphen.
_HYPHEN_PREFIXES = frozenset(
    {
        "self",
        "non",
        "well",
        "ex",
        "half",
        "all",
        "cross",
        "high",
        "low",
        "long",
        "short",
        "two",
        "three",
        "four",
        "first",
    }
)
_CJK = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK_END, _CJK_START = re.compile(f"[{_CJK}]$"), re.compile(f"^[{_CJK}]")


def collect_vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """The page's words in lower case, hyphenated ones whole; fragments at line ends do not count."""
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text))


def join_text(before: str, after: str, known: Set[str] = frozenset()) -> str:
    """Join two successive lines of a paragraph; ``known`` are the page's words."""
    if not before or not after:
        return before or after
    ended, started = _HYPHEN_END.search(before), _LOWER_START.match(after)
    if ended and started:
        keep = _keeps_hyphen(before, ended.group(1), started.group(1), known)
        return before + after if keep else before[:-1] + after
    if before.endswith("-") and not before.endswith(" -") and len(before) > 1 and before[-2].isalnum():
        return before + after
    if _CJK_END.search(before) and _CJK_START.search(after):
        return before + after
    return f"{before} {after}"


def _keeps_hyphen(before: str, head: str, tail: str, known: Set[str]) -> bool:
    if not tail[0].islower():
        return True
    whole, parted = (head + tail).lower(), f"{head}-{tail}".lower()
    if whole in known or parted in known:
        return parted in known and whole not in known
    compound = before[: -len(head) - 1].endswith("-")
    return compound or head.lower() in _HYPHEN_PREFIXES


def ends_mid_sentence(text: str) -> bool:
    """Whether a paragraph that ends like this continues elsewhere."""
    return bool(text) and not re.search(r"[.!?:;…。！？][\"”’')\]]*\d{0,3}$", text)
