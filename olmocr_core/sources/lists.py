"""Text files that list sources, one a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import claims_document
from olmocr_core.sources.found import problem
from olmocr_core.sources.local import check_size, open_regular
from olmocr_core.sources.walk import has_magic

LIST_SUFFIXES = (".txt", ".lst")
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f")


def looks_like_list(path: Path, head: bytes) -> bool:
    """Whether a named file is a list of paths: it is text, and its name or its first entry says so."""
    if claims_document(path.name) or _CONTROL.intersection(head):
        return False
    if path.suffix.lower() in LIST_SUFFIXES:
        return True
    if not _is_utf8(head):
        return False
    # Every line of another text, a README say, would be a problem: in a list the first entry exists.
    entry = next(_entries(head.splitlines()), None)
    return entry is not None and (os.path.lexists(path.parent / entry) or (has_magic(entry) and "/" in entry))


def read_list(path: Path, source: Source, limits: Limits) -> Iterator[str | Problem]:
    """Read the entries of a list, without blank lines and ``#`` comments; a problem if it cannot be read."""
    try:
        with open_regular(path) as stream:
            check_size(os.fstat(stream.fileno()).st_size, limits)
            yield from _entries(stream)
    except DocumentError as error:
        yield problem(source, error)
    except OSError as error:
        yield problem(source, UnreadableDocument(f"the list cannot be read: {error.strerror}"))


def _entries(lines: Iterator[bytes] | list[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        entry = text.strip()
        if entry and not entry.startswith(b"#"):
            yield os.fsdecode(entry)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character.
        return error.reason == "unexpected end of data"
    return True
