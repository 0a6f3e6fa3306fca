"""Clean text on input: remove characters that break JSON, Arrow or the display."""

from __future__ import annotations

import re
import unicodedata

# Control characters except tab and newline, lone surrogates, BOM, and the non-characters that XML and Arrow refuse.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LIGATURES = dict(
    zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")


def clean_text(text: str) -> str:
    """Normalise to NFC with line feeds only, expand ligatures, and remove characters that writers refuse."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u00a0", " ")
    text = _LIGATURE.sub(lambda found: _LIGATURES[found.group()], text)
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))
