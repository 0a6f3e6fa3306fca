"""Open a PDF in a worker: the file must be unchanged since discovery, within the size limit, and open with a known password."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from olmocr_core.domain.errors import (
    DocumentChanged,
    DocumentError,
    EncryptedDocument,
    RenderFailed,
    SliceError,
    SourceAway,
    UnreadableDocument,
)
from olmocr_core.domain.models import Document, DocumentKind, PageRef
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.explain_damage import explain_key_length, explain_missing_page
from olmocr_core.pdf.file_type import HEAD_BYTES, sniff_kind
from olmocr_core.pdf.load_pdf import PdfSource
from olmocr_core.sandbox.inputs import open_input, stat_input
from olmocr_core.sandbox.session import WorkerSession


@dataclass(slots=True)
class OpenPdf:
    """An open PDF. ``password`` is the one that opened it; ``encrypted`` says whether it is encrypted at all."""

    document: pypdfium2.PdfDocument
    location: str
    password: str
    encrypted: bool
    source: PdfSource
    _damage: str = ""

    @contextlib.contextmanager
    def page(self, number: int) -> Iterator[pypdfium2.PdfPage]:
        """Open a page, counted from 1, within the block. Raises RenderFailed if pdfium cannot load it, and SourceAway."""
        try:
            page = self.document[number - 1]
        except pypdfium2.PdfiumError as error:
            self.source.check()
            self._damage = self._damage or explain_missing_page(self.location, self.password)
            raise RenderFailed(f"page {number} cannot be found in the file: {self._damage}") from error
        try:
            yield page
        finally:
            page.close()
        # A block that was not read is missing in what was drawn, too.
        self.source.check()

    def close(self) -> None:
        """Close the file."""
        self.document.close()
        self.source.close()


def check_unchanged(ref: Document | PageRef, limits: Limits) -> None:
    """Check the file that ``ref`` describes.

    Raises DocumentChanged if it differs, SourceAway if it is gone, and UnreadableDocument if it is too large.
    """
    try:
        found = stat_input(ref.location)
    except OSError as error:
        raise SourceAway(f"the file can no longer be read: {error.strerror}") from error
    if (found.st_size, found.st_mtime_ns) != (ref.size_bytes, ref.mtime_ns):
        raise DocumentChanged("the file has changed since the run found it; run again to read the new version")
    if found.st_size > limits.max_file_mb << 20:
        raise UnreadableDocument(f"{found.st_size >> 20} MB exceed limits.max_file_mb = {limits.max_file_mb}")


def check_kind(location: str, kind: DocumentKind) -> None:
    """Raise UnreadableDocument if the file's first bytes do not look like ``kind``, and SourceAway."""
    try:
        with open_input(location) as file:
            found = sniff_kind(file.read(HEAD_BYTES))
    except OSError as error:
        raise SourceAway(f"the file can no longer be read: {error.strerror}") from error
    if found != kind:
        raise UnreadableDocument("it is neither a PDF nor a PNG, JPEG, TIFF or WebP image" if found is None else
                                 f"it was listed as {kind} but its first bytes say {found}")  # fmt: skip


def open_session_pdf(session: WorkerSession, ref: Document | PageRef) -> OpenPdf:
    """Open the PDF of ``ref`` in the worker's session, or return it if it is open.

    Raises UnreadableDocument, EncryptedDocument, DocumentChanged or SourceAway.
    """
    check_unchanged(ref, session.settings.limits)
    key = (ref.location, ref.size_bytes, ref.mtime_ns)
    opened = session.open_file(key, lambda: open_pdf(ref, session.settings.passwords))
    if opened.source.error is None:
        return opened
    # pdfium remembers what it could not read.
    session.close()
    return session.open_file(key, lambda: open_pdf(ref, session.settings.passwords))


def open_pdf(ref: Document | PageRef, passwords: tuple[str, ...]) -> OpenPdf:
    """Open with the empty password first, then with each of ``passwords``.

    Raises EncryptedDocument if none fits, UnreadableDocument if pdfium finds no page.
    """
    check_kind(ref.location, "pdf")
    source = PdfSource(ref.location)
    try:
        return _load_document(source, passwords)
    except BaseException:
        source.close()
        raise


def _load_document(source: PdfSource, passwords: tuple[str, ...]) -> OpenPdf:
    for password in ("", *passwords):
        handle = source.load(password)
        if handle:
            return _init_document(pypdfium2.PdfDocument(handle), source, password)
        source.check()
        # Read only after a failure: when loading succeeds, the code is that of an earlier document.
        code = pdfium.FPDF_GetLastError()
        if code != pdfium.FPDF_ERR_PASSWORD:
            raise _explain_load_error(code)
    if damage := explain_key_length(source.location):
        raise UnreadableDocument(damage)
    raise EncryptedDocument(
        "it needs a password" + (", and none of those given opens it" if passwords else "")
        + "; put its password on a line of a file and give that with --password-file"
    )  # fmt: skip


def _explain_load_error(code: int) -> DocumentError | SliceError:
    if code == pdfium.FPDF_ERR_SECURITY:
        return EncryptedDocument(
            "it is encrypted with a certificate or an unknown scheme, which is not supported; "
            "ask its owner for an unprotected copy"
        )
    if code == pdfium.FPDF_ERR_FILE:
        return SourceAway("the file can no longer be read")
    return UnreadableDocument("it cannot be opened as a PDF: its structure is damaged beyond repair")


def _init_document(document: pypdfium2.PdfDocument, source: PdfSource, password: str) -> OpenPdf:
    # Form values are drawn only if a form environment exists before the first page is loaded. This build of pdfium has
    # neither JavaScript nor XFA, and no document action is ever triggered: nothing in the file runs.
    with contextlib.suppress(pypdfium2.PdfiumError):
        document.init_forms()
    encrypted = pdfium.FPDF_GetSecurityHandlerRevision(document) != -1
    if len(document) < 1:
        document.close()
        hidden = ": its encryption may be damaged" if encrypted else ""
        raise UnreadableDocument(f"it cannot be opened as a PDF: it has no pages{hidden}")
    return OpenPdf(document, source.location, password, encrypted, source)
