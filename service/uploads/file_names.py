"""The name that a client gives its file: shown to people, never a path."""

from __future__ import annotations

import re
from urllib.parse import unquote

from olmocr_core.domain.text_cleaning import clean_text

UNNAMED = "document"
_LONGEST = 200
_PARENTS = re.compile(r".*[/\\]", re.DOTALL)
# Line breaks, other control characters, and marks that turn the direction of what people read.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_file_name(given: str | None) -> str:
    """The last part of a name, which may be percent-encoded, without what cannot be seen; at most 200 characters."""
    name = clean_text(unquote((given or "")[: 12 * _LONGEST], errors="replace"))
    name = _UNSEEN.sub("", _PARENTS.sub("", name)).strip()
    return UNNAMED if name in ("", ".", "..") else _shorten(name)


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    kept = f"{dot}{suffix}" if dot and len(suffix) <= 10 else ""
    return (stem if kept else name)[: _LONGEST - len(kept)] + kept
