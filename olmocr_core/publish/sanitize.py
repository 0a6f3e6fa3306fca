"""Sanitizes values before they are written: any text of a source or a model becomes valid JSON, Arrow and UTF-8."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# One character replaces one, so that spans stay valid.
_BREAKS_WRITERS = re.compile("[\x00\ud800-\udfff]")
# A NUL or any surrogate, half of a pair or not, as JSON writes it.
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])")
_REPLACEMENT = "\ufffd"


def scrub_text(text: str) -> str:
    """Replace NUL and surrogates, one character for one."""
    return text.replace("\0", _REPLACEMENT) if text.isascii() else _BREAKS_WRITERS.sub(_REPLACEMENT, text)


def scrub(value: Any) -> Any:
    """Scrub all texts of a JSON value; NaN and infinities become null."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    if isinstance(value, dict):
        return {scrub_text(str(key)): scrub(item) for key, item in value.items()}
    return value


def to_json(value: Any) -> str:
    """Scrub a value and write it as one line of ASCII, so that no reader finds the end of a line inside of it."""
    try:
        line = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except ValueError:
        return json.dumps(scrub(value), ensure_ascii=True, allow_nan=False)
    # Scrubbing is slow, and hardly any value needs it.
    return json.dumps(scrub(value), ensure_ascii=True) if _SUSPECT.search(line) else line
