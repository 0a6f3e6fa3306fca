"""Text as the checks compare it: no emphasis, single spaces, one spelling of quotes and dashes."""

from __future__ import annotations

import re
import unicodedata

# In this order: breaks and whitespace first, bold before italics, so that `**a**` does not leave two stars behind.
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
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("–—‑‒−", "-"),
        "＿": "_",
        "\u00b5": "\u03bc",
    }
)


def normalise_text(text: str) -> str:
    """The text to compare: Markdown and HTML emphasis taken off, whitespace folded, NFC, plain quotes and dashes."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return unicodedata.normalize("NFC", text).translate(_ALIKE)


def letters_only(text: str) -> str:
    """Only the letters and digits of the folded text, in lower case."""
    return "".join(char for char in normalise_text(text) if char.isalnum()).lower()


def min_similarity(wanted: str, max_diffs: int) -> float:
    """The similarity, at most 1, from which ``wanted`` counts as found when ``max_diffs`` characters may differ."""
    return 1.0 - max_diffs / max(len(wanted), 1)
