"""Names and reasons in Prefect's UI, which draws the text of a table's cells as Markdown: a name must stay a name."""

from __future__ import annotations

import re

# What begins emphasis, code, links, pictures, HTML, entities or tables; underscores inside of words do not.
_ACTIVE = re.compile(r"[\\`*\[\]<>|~&@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=\bwww)\.")
# What makes a line a heading, a list, a rule or a quotation.
_AT_START = re.compile(r"(?:[-+=#]|\d{1,9}(?=[.)]))")


def escape_markdown(text: str) -> str:
    """The text on one line, with a backslash before what Markdown would not show as it is."""
    line = _ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))
    start = _AT_START.match(line)
    if start is None:
        return line
    return f"{start[0]}\\{line[start.end() :]}" if start[0].isdigit() else f"\\{line}"
