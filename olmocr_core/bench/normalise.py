"""Normalise text for comparison: no emphasis, single spaces, plain quotes and dashes."""

from __future__ import annotations

import re

from olmocr_core.domain.text_cleaning import to_form

# In this order: breaks and white space first, bold before italics, so that `**a**` leaves no stars behind.
_MARKUP = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"<br/?>", " "),
        (r"\s+", " "),
        (r"\*\*(.*?)\*\*", r"\1"),
        (r"__(.*?)__", r"\1"),
        (r"</?b>", ""),
        (r"</?i>", ""),
        (r"\*(.*?)\*", r"\1"),
        (r"_(.*?)_", r"\1"),
    )
)
_EQUIVALENTS = str.maketrans(
    {
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("–—‑‒−", "-"),
        "＿": "_",
        "\u00b5": "\u03bc",
    }
)


def normalise_text(text: str) -> str:
    """Normalise a text: remove emphasis, collapse white space, apply NFC, replace quotes and dashes."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return to_form("NFC", text).translate(_EQUIVALENTS)


def keep_letters(text: str) -> str:
    """Return the letters and digits of the normalised text, in lower case."""
    return "".join(char for char in normalise_text(text) if char.isalnum()).lower()


def min_similarity(wanted: str, max_diffs: int) -> float:
    """The least similarity, at most 1, at which ``wanted`` counts as found if ``max_diffs`` characters may differ."""
    return 1.0 - max_diffs / max(len(wanted), 1)
