"""Second opinions on a PDF from libraries in plain Python: pypdf on its structure, pdfminer.six on a page's text.

Both hang or break on some hostile files in every way that Python code can. Their failure costs the opinion, nothing
else: they get a share of the time, and whatever they raise means that they have none.
"""

from __future__ import annotations

import logging
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from olmocr_core.pdf.patience import at_most
from olmocr_core.textclean import clean_text

# Everything short of MemoryError, which must end the worker, that was seen to come out of the two.
FAILURES = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError,
            ValueError, struct.error, zlib.error)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Structure:
    """What pypdf makes of a document: pages in its page tree and metadata, raw."""

    pages: int
    metadata: dict[str, str]


def read_structure(location: str, password: str, seconds: float) -> Structure | None:
    """Page count and metadata (Info, completed by XMP) by pypdf; None when it cannot tell within ``seconds``."""
    import pypdf
    import pypdf.errors

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with at_most(seconds), open(location, "rb") as file:  # noqa: PTH123 - Path.open in a with of two reads worse
            reader = pypdf.PdfReader(file)
            if reader.is_encrypted:
                reader.decrypt(password)
            return Structure(len(reader.pages), _info(reader) | _language(reader))
    except (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, *FAILURES):
        return None


def _info(reader: Any) -> dict[str, str]:
    found = {str(key).lstrip("/"): str(value) for key, value in (reader.metadata or {}).items()}
    if not found.get("Title") and reader.xmp_metadata is not None:
        found["Title"] = str(next(iter((reader.xmp_metadata.dc_title or {}).values()), ""))
    return found


def _language(reader: Any) -> dict[str, str]:
    return {"Language": str(reader.root_object.get("/Lang", ""))}


def page_text(location: str, page_number: int, password: str, seconds: float) -> str | None:
    """A page's text by pdfminer.six; None when it fails or needs longer than ``seconds``."""
    from pdfminer.high_level import extract_text
    from pdfminer.psexceptions import PSException

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with at_most(seconds):
            text = extract_text(location, password=password, page_numbers=[page_number - 1])
    except (PSException, *FAILURES):
        return None
    return clean_text(text)
