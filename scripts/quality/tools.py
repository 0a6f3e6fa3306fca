"""The tools to compare: each checks whether it is installed and reads one document at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scripts.quality.models import Document, Reading

_PAGE_SECONDS = 300
_DOCUMENT_SECONDS = 900
_DPI = 200


class Tool(Protocol):
    """A tool to compare."""

    @property
    def name(self) -> str:
        """A short name for columns."""
        ...

    @property
    def about(self) -> str:
        """The mode in which it runs."""
        ...

    def missing(self) -> str:
        """Return how to install the tool if it is missing, else an empty string."""
        ...

    def version(self) -> str:
        """Return its version; readings are stored by version."""
        ...

    def read(self, document: Document) -> Reading:
        """Read one document. If it cannot, the reading has no text but an ``error``."""
        ...


class ToolFailedError(Exception):
    """A tool ended with an error or took too long; the message has its last output."""


@dataclass(frozen=True, slots=True)
class PdfToText:
    """Poppler's pdftotext in its default mode (reading order): the text layer only."""

    name: str = "pdftotext"
    about: str = "Poppler, default mode"

    def missing(self) -> str:
        """Check for Poppler's tools."""
        return _need_programs("poppler-utils", "pdftotext")

    def version(self) -> str:
        """Return the first line of ``pdftotext -v``."""
        return _first_line(["pdftotext", "-v"])

    def read(self, document: Document) -> Reading:
        """Read the text by page, split at form feeds; images have no text layer."""
        if document.is_image:
            return _make_failed("reads PDFs only")
        return _run_and_read(["pdftotext", "-enc", "UTF-8", str(document.path), "-"])


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Tesseract on page images with its defaults: English, automatic page segmentation, one thread."""

    name: str = "tesseract"
    about: str = f"English, defaults; PDFs rendered by pdftoppm at {_DPI} dpi"

    def missing(self) -> str:
        """Check for Tesseract, and for Poppler to render PDFs."""
        return _need_programs("tesseract-ocr poppler-utils", "tesseract", "pdftoppm")

    def version(self) -> str:
        """Return the first line of ``tesseract --version``."""
        return _first_line(["tesseract", "--version"])

    def read(self, document: Document) -> Reading:
        """Read the text by page; a page that fails is empty and named in ``error``."""
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                images = [document.path] if document.is_image else _render(document.path, Path(folder))
            except ToolFailedError as error:
                return _make_failed(str(error))
            texts, errors = [], []
            for number, image in enumerate(images, start=1):
                try:
                    texts.append(_ocr(image))
                except ToolFailedError as error:
                    texts.append("")
                    errors.append(f"page {number}: {error}")
        seconds = time.perf_counter() - started
        return Reading(tuple(texts), True, len(texts), seconds, "; ".join(errors))


@dataclass(frozen=True, slots=True)
class MarkItDown:
    """markitdown, in its own virtual environment, apart from the dependencies of this project."""

    folder: Path
    name: str = "markitdown"
    about: str = "markitdown[pdf], no language model behind it"

    def missing(self) -> str:
        """Create the environment if it does not exist; return instructions if that fails."""
        return _need_environment(self.folder, "markitdown[pdf]", self._program)

    def version(self) -> str:
        """Return the output of ``markitdown --version``."""
        return _first_line([str(self._program), "--version"])

    def read(self, document: Document) -> Reading:
        """Read the whole text; form feeds, if there are any, are page breaks."""
        return _run_and_read([str(self._program), str(document.path)])

    @property
    def _program(self) -> Path:
        return self.folder / "bin" / "markitdown"


def _need_environment(folder: Path, package: str, program: Path) -> str:
    if program.exists():
        return ""
    try:
        venv.create(folder, with_pip=True, clear=True)
        _run([str(folder / "bin" / "pip"), "install", "-q", package], _DOCUMENT_SECONDS)
    except (ToolFailedError, subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        return f"pip install '{package}' failed in {folder} ({error}); a package index is needed once"
    return ""


def _need_programs(packages: str, *programs: str) -> str:
    absent = [program for program in programs if shutil.which(program) is None]
    return f"{', '.join(absent)} not found; on Debian and Ubuntu: apt-get install {packages}" if absent else ""


def _render(pdf: Path, folder: Path) -> list[Path]:
    _run(["pdftoppm", "-r", str(_DPI), "-gray", str(pdf), str(folder / "page")], _DOCUMENT_SECONDS)
    images = sorted(folder.glob("page-*"))
    if not images:
        raise ToolFailedError("pdftoppm rendered no page")
    return images


def _ocr(image: Path) -> str:
    # On a busy machine, a second thread makes Tesseract slower.
    one_thread = os.environ | {"OMP_THREAD_LIMIT": "1"}
    return _run(["tesseract", str(image), "-"], _PAGE_SECONDS, one_thread).replace("\f", "\n")


def _run_and_read(command: list[str]) -> Reading:
    """Run a program and split its output at form feeds."""
    started = time.perf_counter()
    try:
        text = _run(command, _DOCUMENT_SECONDS)
    except ToolFailedError as error:
        return _make_failed(str(error))
    return _split_at_form_feeds(text, time.perf_counter() - started)


def _split_at_form_feeds(text: str, seconds: float) -> Reading:
    """Split at form feeds, which end pages; a text without any is not paged."""
    texts = text.split("\f")
    if len(texts) == 1:
        return Reading((text,), False, None, seconds)
    if not texts[-1].strip():
        texts.pop()
    return Reading(tuple(texts), True, len(texts), seconds)


def _make_failed(why: str) -> Reading:
    return Reading((), paged=False, pages=None, seconds=0.0, error=why)


def _run(command: list[str], seconds: float, environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, env=environment, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolFailedError(f"{Path(command[0]).name} took over {seconds:.0f} s") from error
    except OSError as error:
        raise ToolFailedError(f"{command[0]} cannot be started: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no output"]
        raise ToolFailedError(f"{Path(command[0]).name} ended with {done.returncode}: {said[0][:200]}")
    return done.stdout.decode("utf-8", "replace")


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PAGE_SECONDS, check=False)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def find_olmocr_flows() -> str:
    """Find the console script of this environment, or on the path."""
    beside = Path(sys.executable).with_name("olmocr-flows")
    return str(beside) if beside.exists() else (shutil.which("olmocr-flows") or "")
