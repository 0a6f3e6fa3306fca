"""More tools to compare: ocrmypdf, which adds text layers to scans, and pdfminer.six, which reads text layers."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.quality.models import Document, Reading
from scripts.quality.tools import (
    _DOCUMENT_SECONDS,
    ToolFailedError,
    _first_line,
    _make_failed,
    _need_environment,
    _need_programs,
    _run,
    _run_and_read,
    _split_at_form_feeds,
)


@dataclass(frozen=True, slots=True)
class OcrMyPdf:
    """ocrmypdf on pages without text, English, one thread; then pdftotext on the result."""

    name: str = "ocrmypdf"
    about: str = "--skip-text, English, then pdftotext"

    def missing(self) -> str:
        """Check for ocrmypdf, which includes Tesseract, and for Poppler."""
        return _need_programs("ocrmypdf poppler-utils", "ocrmypdf", "pdftotext")

    def version(self) -> str:
        """Return the output of ``ocrmypdf --version``."""
        return f"ocrmypdf {_first_line(['ocrmypdf', '--version'])}"

    def read(self, document: Document) -> Reading:
        """Read the text by page, split at form feeds."""
        if document.is_image:
            return _make_failed("reads PDFs only")
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            made = str(Path(folder) / "made.pdf")
            # The default output is PDF/A, whose conversion takes minutes and is not needed.
            options = ["--skip-text", "--jobs", "1", "--output-type", "pdf", "--quiet"]
            try:
                _run(["ocrmypdf", *options, str(document.path), made], _DOCUMENT_SECONDS)
                text = _run(["pdftotext", "-enc", "UTF-8", made, "-"], _DOCUMENT_SECONDS)
            except ToolFailedError as error:
                return _make_failed(str(error))
        return _split_at_form_feeds(text, time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class PdfMiner:
    """pdfminer.six, in its own virtual environment."""

    folder: Path
    name: str = "pdfminer"
    about: str = "pdf2txt.py of pdfminer.six, defaults"

    def missing(self) -> str:
        """Create the environment if it does not exist; return instructions if that fails."""
        return _need_environment(self.folder, "pdfminer.six", self._program)

    def version(self) -> str:
        """Return the output of ``pdf2txt.py --version``."""
        return _first_line([str(self._program), "--version"])

    def read(self, document: Document) -> Reading:
        """Read the text by page, split at form feeds."""
        if document.is_image:
            return _make_failed("reads PDFs only")
        return _run_and_read([str(self._program), str(document.path)])

    @property
    def _program(self) -> Path:
        return self.folder / "bin" / "pdf2txt.py"
