"""The tools that are read beside ours: how each is got, what it is licensed under, and one document's texts by it."""

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
    """What a tool made of a document: a text a page, seconds of wall and processor time; ``error`` says what is missing.

    ``count`` is how many of the pages were read, where not all were.
    """

    texts: tuple[str, ...]
    wall: float
    processor: float
    error: str = ""
    count: int | None = None


class OtherTool(Protocol):
    """A tool to hold ours against."""

    @property
    def name(self) -> str:
        """Short, for columns."""
        ...

    @property
    def licence(self) -> str:
        """Its licence."""
        ...

    @property
    def about(self) -> str:
        """Which mode of it."""
        ...

    def prepare(self) -> str:
        """Get the tool; why it is left out where that fails, else empty."""
        ...

    def version(self) -> str:
        """Texts are kept by it."""
        ...

    def read(self, pdf: Path, matters: Sequence[int]) -> Pages:
        """Read one document, at least the pages that matter; never raises for what the tool does."""
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
        """The program's."""
        return self.tool.name

    def prepare(self) -> str:
        """Programs are installed by whoever owns the machine."""
        return self.tool.missing()

    def version(self) -> str:
        """What it says of itself."""
        return self.tool.version()

    def read(self, pdf: Path, matters: Sequence[int]) -> Pages:
        """Started anew for each document; a slow one gets only the pages that matter, as a PDF of their own."""
        with TemporaryDirectory() as folder:
            chosen = extract_pages(pdf, matters, Path(folder) / pdf.name) if self.slow else None
            with _processor_time() as processor:
                reading = self.tool.read(Document(pdf.name, chosen or pdf, None, ()))
        if chosen is None:
            return Pages(reading.texts, reading.seconds, processor(), reading.error)
        by_number = dict(zip(matters, reading.texts, strict=False))
        texts = tuple(by_number.get(number, "") for number in range(1, max(matters) + 1)) if by_number else ()
        return Pages(texts, reading.seconds, processor(), reading.error, len(matters))


def extract_pages(pdf: Path, matters: Sequence[int], out: Path) -> Path | None:
    """A PDF with only the pages that matter; None where that is all of them, or the file cannot be cut."""
    try:
        with pdfium.PdfDocument(pdf) as document:
            if len(document) <= len(matters):
                return None
            made = pdfium.PdfDocument.new()
            made.import_pages(document, [number - 1 for number in matters])
            made.save(out)
    except (pdfium.PdfiumError, OSError, ValueError, IndexError):
        return None
    return out


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package in an environment of its own, read by ``read_pdf.py`` there, one process a document."""

    name: str
    licence: str
    about: str
    environments: Path
    requirements: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def prepare(self) -> str:
        """Makes the environment where there is none."""
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
            return f"the environment cannot be made: {type(error).__name__}"
        if done.returncode:
            shutil.rmtree(self._folder, ignore_errors=True)
            return "pip cannot install it; a package index is needed once"
        return ""

    def version(self) -> str:
        """The installed release."""
        sites = [str(path) for path in self._folder.glob("lib/python*/site-packages")]
        found = metadata.distributions(name=self.requirement_name, path=sites)
        return next((each.version for each in found), "unknown")

    @property
    def requirement_name(self) -> str:
        """Without extras."""
        return self.name.partition("[")[0]

    def read(self, pdf: Path, matters: Sequence[int]) -> Pages:
        """A document that it cannot read, or not in 15 minutes, gives no text."""
        started = time.perf_counter()
        command = [str(self._python), str(_READER), self.requirement_name, str(pdf), ",".join(map(str, matters))]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_READ_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return Pages((), _READ_SECONDS, _READ_SECONDS, f"took over {_READ_SECONDS} s")
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["nothing"]
            wall = time.perf_counter() - started
            return Pages((), wall, wall, f"ended with {done.returncode} and said: {said[0][:200]}")
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
    """Everything that runs offline with weights inside its package, or none."""

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
    """Seconds of processor time of the programs that ended meanwhile."""

    def used() -> float:
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime

    before = used()
    yield lambda: used() - before
