"""Inspect a document before any page is read: pages, metadata, encryption. Failures are results here, not exceptions."""

from __future__ import annotations

import re
from datetime import datetime

import pypdfium2.raw as pdfium

from olmocr_core.domain.errors import DocumentError, RenderFailed, TooManyPages, UnreadableDocument
from olmocr_core.domain.models import Document, DocumentInfo, ErrorInfo
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.pdf.open_pdf import OpenPdf, open_session_pdf
from olmocr_core.sandbox.session import WorkerSession

_FORM_NOTES = {
    pdfium.FORMTYPE_ACRO_FORM: "has form fields: their values are drawn, scripts are not run",
    pdfium.FORMTYPE_XFA_FULL: "is an XFA form: only its static pages can be read",
    pdfium.FORMTYPE_XFA_FOREGROUND: "has XFA form parts: only its static pages can be read",
}
_CIPHERS = {2: "RC4, 40 bits", 3: "RC4, 128 bits", 4: "AES or RC4, 128 bits", 5: "AES, 256 bits", 6: "AES, 256 bits"}
_METADATA_KEYS = {
    "Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords", "Creator": "creator",
    "Producer": "producer", "CreationDate": "created", "ModDate": "modified", "Language": "language",
}  # fmt: skip
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:Z|([+-])(\d\d)'?(\d\d)?)?")
_MAX_VALUE_CHARS = 1000


def inspect_document(session: WorkerSession, document: Document) -> DocumentInfo:
    """Open the document and count its pages. An error that ends the document is returned in ``error``."""
    try:
        return _inspect_image(session, document) if document.kind == "image" else _inspect_pdf(session, document)
    except DocumentError as error:
        return DocumentInfo(error=ErrorInfo(code=error.code, message=str(error)))


def complete_info(session: WorkerSession, document: Document, info: DocumentInfo, seconds: float) -> DocumentInfo:
    """Complete ``info`` with pypdf: metadata, and the true page count if the file claims a wrong one.

    A separate call, because pypdf can hang on a document that pdfium reads well; it gets ``seconds``.
    """
    from olmocr_core.pdf.cross_check import read_document_structure

    opened = open_session_pdf(session, document)
    found = read_document_structure(document.location, opened.password, seconds)
    if found is None:
        return info
    info = info.model_copy(update={"metadata": info.metadata | _clean_metadata(found.metadata)})
    if found.pages < info.pages and not _can_load_page(opened, info.pages):
        if found.pages == 0:
            error = UnreadableDocument("it has no pages")
            return DocumentInfo(error=ErrorInfo(code=error.code, message=str(error)))
        note = f"claims {info.pages} pages but holds {found.pages}"
        return info.model_copy(update={"pages": found.pages, "notes": (*info.notes, note)})
    return info


def _inspect_image(session: WorkerSession, document: Document) -> DocumentInfo:
    from olmocr_core.pdf.images import count_frames
    from olmocr_core.pdf.open_pdf import check_kind, check_unchanged

    check_unchanged(document, session.settings.limits)
    check_kind(document.location, "image")
    return DocumentInfo(pages=count_frames(document.location, session.settings.limits))


def _inspect_pdf(session: WorkerSession, document: Document) -> DocumentInfo:
    opened = open_session_pdf(session, document)
    pages, most = len(opened.document), session.settings.limits.max_pages
    if pages > most:
        raise TooManyPages(f"it has {pages} pages, more than limits.max_pages = {most}")
    form = _FORM_NOTES.get(opened.document.get_formtype())
    notes = ([form] if form else []) + _describe_encryption(opened)
    metadata = _clean_metadata(opened.document.get_metadata_dict(skip_empty=True))
    return DocumentInfo(pages=pages, encrypted=opened.encrypted, metadata=metadata, notes=tuple(notes))


def _describe_encryption(opened: OpenPdf) -> list[str]:
    if not opened.encrypted:
        return []
    revision = pdfium.FPDF_GetSecurityHandlerRevision(opened.document)
    cipher = _CIPHERS.get(revision, f"revision {revision}")
    return [f"is encrypted ({cipher}): opened with {'a given' if opened.password else 'the empty'} password"]


def _can_load_page(opened: OpenPdf, number: int) -> bool:
    try:
        with opened.page(number):
            return True
    except RenderFailed:
        return False


def _clean_metadata(raw: dict[str, str]) -> dict[str, str]:
    found = {}
    for key, name in _METADATA_KEYS.items():
        value = " ".join(clean_text(raw.get(key, "")).split())[:_MAX_VALUE_CHARS]
        if value:
            found[name] = _format_iso_date(value) if name in ("created", "modified") else value
    return found


def _format_iso_date(text: str) -> str:
    """Convert a PDF date to ISO 8601, as precise as it is; return anything else unchanged."""
    match = _DATE.match(text)
    if match is None:
        return text
    year, month, day, hour, minute, second, sign, off_hours, off_minutes = match.groups()
    zone = f"{sign}{off_hours}:{off_minutes or '00'}" if sign else "+00:00" if "Z" in text else ""
    stamp = f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}"
    try:
        return datetime.fromisoformat(stamp).isoformat() if hour else stamp[:10] if day else text
    except ValueError:
        return text
