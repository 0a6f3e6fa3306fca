"""What a document is before any page is read: pages, metadata, protection. Failures are answers here, not errors."""

from __future__ import annotations

import pypdfium2.raw as pdfium

from olmocr_core.errors import DocumentError, TooManyPages
from olmocr_core.models import Document, DocumentInfo, ErrorInfo
from olmocr_core.pdf.session import WorkerSession

_FORMS = {
    pdfium.FORMTYPE_ACRO_FORM: "has form fields; their values are drawn, scripts are not run",
    pdfium.FORMTYPE_XFA_FULL: "is an XFA form; only its static pages can be read",
    pdfium.FORMTYPE_XFA_FOREGROUND: "has XFA form parts; only its static pages can be read",
}


def inspect_document(session: WorkerSession, document: Document) -> DocumentInfo:
    """Open and count; an error that ends the document comes back in ``error``."""
    try:
        return _inspect_image(session, document) if document.kind == "image" else _inspect_pdf(session, document)
    except DocumentError as error:
        return DocumentInfo(error=ErrorInfo(code=error.code, message=str(error)))


def _inspect_image(session: WorkerSession, document: Document) -> DocumentInfo:
    from olmocr_core.pdf.images import count_frames
    from olmocr_core.pdf.open import check_kind, check_unchanged

    check_unchanged(document, session.settings.limits)
    check_kind(document.location, "image")
    return DocumentInfo(pages=count_frames(document.location, session.settings.limits))


def _inspect_pdf(session: WorkerSession, document: Document) -> DocumentInfo:
    opened = session.pdf(document)
    pages, most = len(opened.document), session.settings.limits.max_pages
    if pages > most:
        raise TooManyPages(f"it has {pages} pages, more than limits.max_pages = {most}")
    notes = [note for kind, note in _FORMS.items() if opened.document.get_formtype() == kind]
    if opened.encrypted:
        notes.append("is encrypted; opened with " + ("a given password" if opened.password else "the empty password"))
    return DocumentInfo(pages=pages, encrypted=opened.encrypted, notes=tuple(notes))
