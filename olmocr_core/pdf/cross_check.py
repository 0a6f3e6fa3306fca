"""Cross-checks of a PDF with pure-Python libraries: pypdf for the structure, pdfminer.six for a page's text.

On some hostile files both hang, or fail in any way Python code can. Each gets a time limit; a failure means only that
there is no cross-check. Too little memory must end the worker, and a missing library the run.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.sandbox.deadline import time_limit
from olmocr_core.sandbox.inputs import open_input

# Deflated, an empty stream takes 8 bytes, a few spaces some more.
_EMPTY_DEFLATED_BYTES = 20
# Operators that show text, draw objects or shadings, fill or stroke.
_PAINTING_OPERATORS = re.compile(rb"(?:^|[\s\])>])(?:Tj|TJ|['\"]|Do|sh|BI|[fBb]\*?|[FSs])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class DocumentStructure:
    """A document according to pypdf: the number of pages in its page tree, and its raw metadata."""

    pages: int
    metadata: dict[str, str]


@contextlib.contextmanager
def open_with_pypdf(location: str, password: str | None, seconds: float) -> Iterator[Any]:
    """Open a document as a ``pypdf.PdfReader`` for at most ``seconds``; without a password it stays encrypted.

    Raises whatever pypdf raises, and TimeoutError, in the block too.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with time_limit(seconds), open_input(location) as file:
        reader = pypdf.PdfReader(file)
        if reader.is_encrypted and password is not None:
            reader.decrypt(password)
        yield reader


def read_document_structure(location: str, password: str, seconds: float) -> DocumentStructure | None:
    """Read page count and metadata (Info, completed by XMP) with pypdf; None if it fails or exceeds ``seconds``."""
    try:
        with open_with_pypdf(location, password, seconds) as reader:
            return DocumentStructure(len(reader.pages), _read_info(reader) | _read_language(reader))
    except (MemoryError, ImportError):
        raise
    except Exception:  # noqa: BLE001 - over hostile bytes pypdf raises anything
        return None


def has_painted_content(location: str, page_number: int, password: str, seconds: float) -> bool | None:
    """Whether a page's content paints anything, according to pypdf; unreadable content counts as painting.

    Returns None if pypdf needs more than ``seconds``.
    """
    try:
        with open_with_pypdf(location, password, seconds) as reader:
            return _paints_anything(reader.pages[page_number - 1])
    except TimeoutError:
        return None
    except (MemoryError, ImportError):
        raise
    except Exception:  # noqa: BLE001 - over hostile bytes pypdf raises anything
        return True


def _paints_anything(page: Any) -> bool:
    content = page.get_contents()
    if content is None:
        # Named but missing: the file is cut off.
        return "/Contents" in page
    drawn = content.get_data()
    if not drawn.strip():
        named = page["/Contents"].get_object()
        parts = [part.get_object() for part in (named if isinstance(named, list) else [named])]
        # The raw bytes have no public accessor; without them a stream that fails to unpack looks like an empty one.
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
    """Extract a page's text with pdfminer.six; None if it fails or exceeds ``seconds``."""
    from pdfminer.high_level import extract_text

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with time_limit(seconds), open_input(location) as file:
            text = extract_text(file, password=password, page_numbers=[page_number - 1])
    except (MemoryError, ImportError):
        raise
    except Exception:  # noqa: BLE001 - over hostile bytes pdfminer raises anything
        return None
    return clean_text(text)
