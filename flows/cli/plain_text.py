"""What the terminal prints: names, reasons and messages come from outside, so control characters are never sent on."""

from __future__ import annotations

import io
import re
import sys
from typing import TextIO

# They move the cursor, change colours and titles, or turn the direction of what follows; lone surrogates cannot be written.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text with a replacement character for each control character but tab and newline."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def say(text: str, file: TextIO | None = None, *, flush: bool = False) -> None:
    """Print a text, whatever it holds. All commands print with this or with a ``PlainConsole``."""
    print(plain(text), file=file, flush=flush)


def replace_what_cannot_be_written() -> None:
    """Let output show a question mark where the terminal's encoding lacks a character; else printing raises an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
