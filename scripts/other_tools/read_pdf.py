"""Read one PDF with one library, in that library's environment: ``read_pdf.py TOOL PDF PAGES`` prints JSON.

PAGES are the numbers of pages with checks, separated by commas: slow OCR reads only these. The result has ``pages`` (a
text each), ``count`` (the number of pages read) and ``seconds`` of wall and CPU time, without starting Python and
importing, which a long-lived service does once. This file imports nothing of the project, which is not installed there.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Reader = Callable[[str], list[str]]
NEEDED_PAGES: set[int] = set()
_DPI = 200
_TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"


def markitdown() -> Reader:
    """Microsoft's markitdown; form feeds, if there are any, are page breaks."""
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda pdf: _by_form_feed(converter.convert(pdf).text_content)


def pdfminer() -> Reader:
    """pdfminer.six with its default layout analysis."""
    from pdfminer.high_level import extract_text

    return lambda pdf: _by_form_feed(extract_text(pdf))


def pdfplumber() -> Reader:
    """Pdfplumber's ``extract_text``."""
    import pdfplumber as library

    def read(pdf: str) -> list[str]:
        with library.open(pdf) as document:
            return [page.extract_text() or "" for page in document.pages]

    return read


def pypdf() -> Reader:
    """Pypdf's ``extract_text``."""
    from pypdf import PdfReader

    return lambda pdf: [page.extract_text() for page in PdfReader(pdf).pages]


def pypdfium2() -> Reader:
    """Pdfium's own text of a page."""
    import pypdfium2 as library

    return lambda pdf: [page.get_textpage().get_text_range() for page in library.PdfDocument(pdf)]


def rapidocr() -> Reader:
    """RapidOCR with the models in its package, on pages rendered by pdfium."""
    import pypdfium2 as library
    from rapidocr import RapidOCR

    engine = RapidOCR()

    def read(pdf: str) -> list[str]:
        pages = []
        for number, page in enumerate(library.PdfDocument(pdf), start=1):
            result = engine(page.render(scale=_DPI / 72).to_numpy()[:, :, :3]) if number in NEEDED_PAGES else None
            pages.append("\n".join(result.txts or ()) if result else "")
        return pages

    return read


def pdf_oxide() -> Reader:
    """pdf-oxide's Markdown."""
    import pdf_oxide as library

    def read(pdf: str) -> list[str]:
        document = library.PdfDocument(pdf)
        return [document.to_markdown(number) for number in range(document.page_count())]

    return read


def kreuzberg() -> Reader:
    """kreuzberg; Tesseract, English, for pages without text."""
    import kreuzberg as library

    configuration = library.ExtractionConfig(
        output_format="markdown",
        pages=library.PageConfig(extract_pages=True),
        ocr=library.OcrConfig(backend="tesseract", language="eng"),
        use_cache=False,
    )

    def read(pdf: str) -> list[str]:
        result = library.extract_file_sync(pdf, config=configuration)
        # It has Markdown for the whole document only; for a single page that is the better text.
        pages = result.pages or []
        return [result.content] if len(pages) < 2 else [page["content"] for page in pages]

    return read


def liteparse() -> Reader:
    """liteparse; its Tesseract, English, for pages without text."""
    import liteparse as library

    parser = library.LiteParse(output_format="markdown", tessdata_path=_TESSDATA, quiet=True)
    return lambda pdf: [page.markdown or page.text for page in parser.parse(pdf).pages]


def opendataloader() -> Reader:
    """opendataloader-pdf (a Java program, started for each document)."""
    import opendataloader_pdf as library

    def read(pdf: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            library.convert(
                pdf,
                output_dir=folder,
                format="markdown",
                quiet=True,
                image_output="off",
                markdown_page_separator="\f",
                markdown_with_html=True,
            )
            text = next(Path(folder).glob("*.md")).read_text(encoding="utf-8")
        # The separator precedes each page.
        return text.split("\f")[1:] or [text]

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "markitdown": markitdown,
    "pdfminer.six": pdfminer,
    "pdfplumber": pdfplumber,
    "pypdf": pypdf,
    "pypdfium2": pypdfium2,
    "rapidocr": rapidocr,
    "pdf-oxide": pdf_oxide,
    "kreuzberg": kreuzberg,
    "liteparse": liteparse,
    "opendataloader-pdf": opendataloader,
}

READS_NEEDED_PAGES_ONLY = {"rapidocr"}


def main(tool: str, pdf: str, numbers: str) -> None:
    NEEDED_PAGES.update(map(int, numbers.split(",")))
    os.environ.setdefault("TESSDATA_PREFIX", _TESSDATA)
    # Output of the libraries must not mix with the JSON.
    answer, sys.stdout = sys.stdout, sys.stderr
    reader = READERS[tool]()
    started, processor = time.perf_counter(), _processor()
    pages = reader(pdf)
    seconds = {"wall": time.perf_counter() - started, "processor": _processor() - processor}
    count = len(NEEDED_PAGES & set(range(1, len(pages) + 1))) if tool in READS_NEEDED_PAGES_ONLY else len(pages)
    json.dump({"pages": pages, "count": count, "seconds": seconds}, answer)


def _processor() -> float:
    uses = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def _by_form_feed(text: str) -> list[str]:
    pages = text.split("\f")
    return pages[:-1] if len(pages) > 1 and not pages[-1].strip() else pages


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
