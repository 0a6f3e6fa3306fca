"""The last guard before a writer: whatever a source or a model said, what is written is valid JSON, Arrow and UTF-8."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

# One character for one, so that spans stay true.
_BREAKS_WRITERS = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def scrub_text(text: str) -> str:
    """The text with NUL and lone surrogates replaced one for one."""
    return _BREAKS_WRITERS.sub(_REPLACEMENT, text)


def scrub(value: Any) -> Any:
    """A JSON value that every reader takes: texts scrubbed, numbers that JSON does not know become null."""
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {scrub_text(str(key)): scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


def to_json(value: Any) -> str:
    """A scrubbed value on one line of ASCII: nothing in it can end a line, whatever a reader takes for a line's end."""
    return json.dumps(scrub(value), ensure_ascii=True, allow_nan=False, separators=(", ", ": "))
