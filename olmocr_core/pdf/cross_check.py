"""Second opinions on a PDF from libraries in plain Python: pypdf on its structure, pdfminer.six on a page's text.

Both hang or break on some hostile files in every way that Python code can. Their failure costs the opinion, nothing
else: they get a share of the time, and whatever they raise means that they have none.
"""

from __future__ import annotations

import contextlib
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.sandbox.deadline import time_limit

# Everything short of MemoryError, which must end the worker, that was seen to come out of the two.
PARSER_FAILURES = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError,
            ValueError, struct.error, zlib.error)  # fmt: skip
# Nothing at all takes 8 bytes when it is deflated, a few spaces some more.
_EMPTY_DEFLATED_BYTES = 20
# Operators that show text, draw objects or shadings, fill or stroke.
_PAINTING_OPERATORS = re.compile(rb"(?:^|[\s\])>])(?:Tj|TJ|['\"]|Do|sh|BI|[fBb]\*?|[FSs])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class DocumentStructure:
    """What pypdf makes of a document: pages in its page tree and metadata, raw."""

    pages: int
    metadata: dict[str, str]


@contextlib.contextmanager
def open_with_pypdf(location: str, password: str, seconds: float) -> Iterator[Any]:
    """The document as a ``pypdf.PdfReader``, for so long. Whatever pypdf, FAILURES and TimeoutError name may come out."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with time_limit(seconds), Path(location).open("rb") as file:
        reader = pypdf.PdfReader(file)
        if reader.is_encrypted:
            reader.decrypt(password)
        yield reader


def read_document_structure(location: str, password: str, seconds: float) -> DocumentStructure | None:
    """Page count and metadata (Info, completed by XMP) by pypdf; None when it cannot tell within ``seconds``."""
    import pypdf.errors

    try:
        with open_with_pypdf(location, password, seconds) as reader:
            return DocumentStructure(len(reader.pages), _read_info(reader) | _read_language(reader))
    except (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, *PARSER_FAILURES):
        return None


def has_painted_content(location: str, page_number: int, password: str, seconds: float) -> bool | None:
    """Whether a page's content would draw anything, by pypdf: content that cannot be read counts as such.

    None when pypdf does not come to an end within ``seconds``.
    """
    import pypdf.errors

    try:
        with open_with_pypdf(location, password, seconds) as reader:
            return _paints_anything(reader.pages[page_number - 1])
    except TimeoutError:
        return None
    except (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, *PARSER_FAILURES):
        return True


def _paints_anything(page: Any) -> bool:
    content = page.get_contents()
    if content is None:
        # Named but not there: cut off.
        return "/Contents" in page
    drawn = content.get_data()
    if not drawn.strip():
        named = page["/Contents"].get_object()
        parts = [part.get_object() for part in (named if isinstance(named, list) else [named])]
        # The raw bytes have no public name; without them a stream that fails to unpack looks like an empty one.
        return any(len(part._data) > _EMPTY_DEFLATED_BYTES for part in parts if "/Filter" in part)
    return _PAINTING_OPERATORS.search(drawn) is not None


def _read_info(reader: Any) -> dict[str, str]:
    found = {str(key).lstrip("/"): str(value) for key, value in (reader.metadata or {}).items()}
    if not found.get("Title") and reader.xmp_metadata is not None:
        found["Title"] = str(next(iter((reader.xmp_metadata.dc_title or {}).values()), ""))
    return found


def _read_language(reader: Any) -> dict[str, str]:
    return {"Language": str(reader.root_object.get("/Lang", ""))}


def extract_page_text(location: str, page_number: int, password: str, seconds: float) -> str | None:
    """A page's text by pdfminer.six; None when it fails or needs longer than ``seconds``."""
    from pdfminer.high_level import extract_text
    from pdfminer.psexceptions import PSException

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with time_limit(seconds):
            text = extract_text(location, password=password, page_numbers=[page_number - 1])
    except (PSException, *PARSER_FAILURES):
        return None
    return clean_text(text)
