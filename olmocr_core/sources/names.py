"""Names of sources: any file name as text that is safe in JSON, on a terminal and on other file systems."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

from olmocr_core.domain.text_cleaning import to_form

# Control characters and lone surrogates break writers; direction marks and line separators mislead readers.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def display(name: str) -> str:
    """Convert a name to text: each byte that is not UTF-8 and each unsafe character becomes ``%XX``."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in _bytes(found.group())), name)


def is_plain(name: str) -> bool:
    """Whether a path can be stored as text and opened again by that text."""
    return _UNSAFE.search(name) is None


def source_name(*parts: str) -> str:
    """Make a relative POSIX name of parts, which may contain separators, ``.`` and ``..`` or be absolute.

    The result is in Unicode normal form C, relative, without ``..``, and never empty.
    """
    pieces: list[str] = []
    for piece in "/".join(parts).replace("\\", "/").split("/"):
        shown = to_form("NFC", display(piece))
        if shown not in ("", ".", ".."):
            pieces.append(shown)
    return "/".join(pieces) or "document"


def relative_to(path: str, base: str) -> str:
    """``path`` relative to ``base`` if it lies below, else ``path``; both absolute."""
    try:
        return PurePosixPath(path).relative_to(base).as_posix()
    except ValueError:
        return path


def is_hidden(name: str) -> bool:
    """Whether a file is hidden: its name starts with a dot."""
    return name.startswith(".")


def _bytes(character: str) -> bytes:
    try:
        return os.fsencode(character)
    except UnicodeEncodeError:
        return character.encode("utf-8", "surrogatepass")
