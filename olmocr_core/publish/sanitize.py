"""The last guard before a writer: whatever a source or a model said, what is written is valid JSON, Arrow and UTF-8."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# One character for one, so that spans stay true.
_BREAKS_WRITERS = re.compile("[\x00\ud800-\udfff]")
# A NUL or any surrogate, half of a pair or not, as JSON writes it.
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])")
_REPLACEMENT = "\ufffd"


def scrub_text(text: str) -> str:
    """The text with NUL and lone surrogates replaced one for one."""
    return text.replace("\0", _REPLACEMENT) if text.isascii() else _BREAKS_WRITERS.sub(_REPLACEMENT, text)


def scrub(value: Any) -> Any:
    """A JSON value that every reader takes: texts scrubbed, numbers that JSON does not know become null."""
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
    """A scrubbed value on one line of ASCII: nothing in it can end a line, whatever a reader takes for a line's end."""
    try:
        line = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except ValueError:
        return json.dumps(scrub(value), ensure_ascii=True, allow_nan=False)
    # Scrubbing walks the whole value in Python, and nearly no value needs it.
    return json.dumps(scrub(value), ensure_ascii=True) if _SUSPECT.search(line) else line
