"""Other tools to compare: how to install each one, its licence, and how it reads a document."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pypdfium2 as pdfium

from scripts.quality.models import Document
from scripts.quality.text_tools import OcrMyPdf
from scripts.quality.tools import PdfToText, Tesseract, Tool

_READ_SECONDS = 900
_INSTALL_SECONDS = 1_200
_READER = Path(__file__).with_name("read_pdf.py")


@dataclass(frozen=True, slots=True)
class Pages:
    """A tool's output for a document: a text for each page, wall and CPU seconds; ``error`` if it failed.

    ``count`` is the number of pages read, if not all.
    """

    texts: tuple[str, ...]
    wall: float
    processor: float
    error: str = ""
    count: int | None = None


class OtherTool(Protocol):
    """A tool to compare with ours."""

    @property
    def name(self) -> str:
        """A short name for columns."""
        ...

    @property
    def licence(self) -> str:
        """Its licence."""
        ...

    @property
    def about(self) -> str:
        """The mode in which it runs."""
        ...

    def prepare(self) -> str:
        """Install the tool; return why it is left out if that fails, else an empty string."""
        ...

    def version(self) -> str:
        """Return its version; texts are stored by version."""
        ...

    def read(self, pdf: Path, needed: Sequence[int]) -> Pages:
        """Read one document, at least the needed pages; errors of the tool are not raised."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the distribution."""

    tool: Tool
    licence: str
    about: str
    slow: bool = False

    @property
    def name(self) -> str:
        """The name of the program."""
        return self.tool.name

    def prepare(self) -> str:
        """Check for the program; the owner of the machine installs it."""
        return self.tool.missing()

    def version(self) -> str:
        """Return the version of the program."""
        return self.tool.version()

    def read(self, pdf: Path, needed: Sequence[int]) -> Pages:
        """Run the program; a slow one gets a PDF of only the needed pages."""
        with TemporaryDirectory() as folder:
            chosen = extract_pages(pdf, needed, Path(folder) / pdf.name) if self.slow else None
            with _processor_time() as processor:
                reading = self.tool.read(Document(pdf.name, chosen or pdf, None, ()))
        if chosen is None:
            return Pages(reading.texts, reading.seconds, processor(), reading.error)
        by_number = dict(zip(needed, reading.texts, strict=False))
        texts = tuple(by_number.get(number, "") for number in range(1, max(needed) + 1)) if by_number else ()
        return Pages(texts, reading.seconds, processor(), reading.error, len(needed))


def extract_pages(pdf: Path, needed: Sequence[int], out: Path) -> Path | None:
    """Write a PDF of only the needed pages; None if these are all pages, or if it fails."""
    try:
        with pdfium.PdfDocument(pdf) as document:
            if len(document) <= len(needed):
                return None
            made = pdfium.PdfDocument.new()
            made.import_pages(document, [number - 1 for number in needed])
            made.save(out)
    except (pdfium.PdfiumError, OSError, ValueError, IndexError):
        return None
    return out


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package in its own environment; ``read_pdf.py`` runs there, one process for each document."""

    name: str
    licence: str
    about: str
    environments: Path
    requirements: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def prepare(self) -> str:
        """Create the environment if it does not exist."""
        if absent := [program for program in self.programs if shutil.which(program) is None]:
            return f"needs {', '.join(absent)}"
        if self._python.exists():
            return ""
        try:
            venv.create(self._folder, with_pip=True, clear=True)
            command = [str(self._python), "-m", "pip", "install", "-q", self.name, *self.requirements]
            done = subprocess.run(command, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            return f"the environment cannot be created: {type(error).__name__}"
        if done.returncode:
            shutil.rmtree(self._folder, ignore_errors=True)
            return "pip cannot install it; a package index is needed once"
        return ""

    def version(self) -> str:
        """Return the installed release."""
        sites = [str(path) for path in self._folder.glob("lib/python*/site-packages")]
        found = metadata.distributions(name=self.requirement_name, path=sites)
        return next((each.version for each in found), "unknown")

    @property
    def requirement_name(self) -> str:
        """The name without extras."""
        return self.name.partition("[")[0]

    def read(self, pdf: Path, needed: Sequence[int]) -> Pages:
        """Read a document; if that fails or takes over 15 minutes, there is no text."""
        started = time.perf_counter()
        command = [str(self._python), str(_READER), self.requirement_name, str(pdf), ",".join(map(str, needed))]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_READ_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return Pages((), _READ_SECONDS, _READ_SECONDS, f"took over {_READ_SECONDS} s")
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no output"]
            wall = time.perf_counter() - started
            return Pages((), wall, wall, f"ended with {done.returncode}: {said[0][:200]}")
        answer = json.loads(done.stdout)
        return Pages(
            tuple(answer["pages"]), answer["seconds"]["wall"], answer["seconds"]["processor"], "", answer["count"]
        )

    @property
    def _folder(self) -> Path:
        return self.environments / self.requirement_name

    @property
    def _python(self) -> Path:
        return self._folder / "bin" / "python"


def list_tools(environments: Path) -> tuple[OtherTool, ...]:
    """List the tools that run offline, with weights in their package or without."""

    def package(name: str, licence: str, about: str, *requirements: str, programs: tuple[str, ...] = ()) -> Package:
        return Package(name, licence, about, environments, requirements, programs)

    return (
        Program(PdfToText(), "GPL-2.0, run as a program", "Poppler, default mode"),
        Program(Tesseract(), "Apache-2.0", "English, only pages with checks, at 200 dpi", slow=True),
        Program(OcrMyPdf(), "MPL-2.0", "--skip-text, English, only pages with checks, then pdftotext", slow=True),
        package("markitdown[pdf]", "MIT", "no language model behind it"),
        package("pdfminer.six", "MIT", "defaults"),
        package("pdfplumber", "MIT", "extract_text"),
        package("pypdf", "BSD-3-Clause", "extract_text", "cryptography"),
        package("pypdfium2", "Apache-2.0 or BSD-3-Clause", "get_text_range"),
        package("pdf-oxide", "MIT or Apache-2.0", "to_markdown"),
        package("kreuzberg", "MIT", "Markdown; Tesseract, English, for scans"),
        package("liteparse", "Apache-2.0", "Markdown; Tesseract, English, for scans"),
        package("opendataloader-pdf", "Apache-2.0", "Markdown with HTML tables", programs=("java",)),
        package(
            "rapidocr",
            "Apache-2.0",
            "the models inside, only pages with checks, at 200 dpi",
            "onnxruntime",
            "pypdfium2",
        ),
    )


@contextmanager
def _processor_time() -> Iterator[Callable[[], float]]:
    """Measure the CPU seconds of the child processes that end within the block."""

    def used() -> float:
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime

    before = used()
    yield lambda: used() - before
