"""More tools to compare: ocrmypdf, which puts a text layer into scans, and pdfminer.six, which reads the one that is there."""

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
    """ocrmypdf on pages without text, English, one thread; then pdftotext on what it made."""

    name: str = "ocrmypdf"
    about: str = "--skip-text, English, then pdftotext"

    def missing(self) -> str:
        """ocrmypdf, which brings Tesseract, and Poppler."""
        return _need_programs("ocrmypdf poppler-utils", "ocrmypdf", "pdftotext")

    def version(self) -> str:
        """What ``ocrmypdf --version`` says."""
        return f"ocrmypdf {_first_line(['ocrmypdf', '--version'])}"

    def read(self, document: Document) -> Reading:
        """The text by page, split at form feeds."""
        if document.is_image:
            return _make_failed("reads PDFs only")
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            made = str(Path(folder) / "made.pdf")
            # An archive's format is converted to by default: minutes for what is not looked at.
            options = ["--skip-text", "--jobs", "1", "--output-type", "pdf", "--quiet"]
            try:
                _run(["ocrmypdf", *options, str(document.path), made], _DOCUMENT_SECONDS)
                text = _run(["pdftotext", "-enc", "UTF-8", made, "-"], _DOCUMENT_SECONDS)
            except ToolFailedError as error:
                return _make_failed(str(error))
        return _split_at_form_feeds(text, time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class PdfMiner:
    """pdfminer.six, in a virtual environment of its own."""

    folder: Path
    name: str = "pdfminer"
    about: str = "pdf2txt.py of pdfminer.six, defaults"

    def missing(self) -> str:
        """Makes the environment when it is not there; says what to do where that fails."""
        return _need_environment(self.folder, "pdfminer.six", self._program)

    def version(self) -> str:
        """What ``pdf2txt.py --version`` says."""
        return _first_line([str(self._program), "--version"])

    def read(self, document: Document) -> Reading:
        """The text by page, split at form feeds."""
        if document.is_image:
            return _make_failed("reads PDFs only")
        return _run_and_read([str(self._program), str(document.path)])

    @property
    def _program(self) -> Path:
        return self.folder / "bin" / "pdf2txt.py"
