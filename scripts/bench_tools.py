"""Read a benchmark's pages with other tools: a folder of texts for each, for `olmocr-flows bench --candidate`.

Texts are stored by the tool's version, with the seconds per page: a second call only reads what is new. A tool that is
not installed is left out, with instructions.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from olmocr_core.bench.data import BenchData, read_bench
from olmocr_core.bench.texts import CandidateTexts, PageKey, read_texts, write_texts
from scripts.quality.models import Document
from scripts.quality.text_tools import OcrMyPdf, PdfMiner
from scripts.quality.tools import MarkItDown, PdfToText, Tesseract, Tool


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a benchmark's folder: checks beside pdfs/")
    parser.add_argument("out", type=Path, help="folder for the folders of texts")
    parser.add_argument(
        "--tools",
        default="pdftotext,tesseract,markitdown,ocrmypdf,pdfminer",
        metavar="LIST",
        help="default: %(default)s",
    )
    arguments = parser.parse_args(argv)
    data = read_bench(arguments.data)
    markitdown, pdfminer = MarkItDown(arguments.out / "markitdown-venv"), PdfMiner(arguments.out / "pdfminer-venv")
    here: dict[str, Tool] = {tool.name: tool for tool in (PdfToText(), Tesseract(), markitdown, OcrMyPdf(), pdfminer)}
    for name in arguments.tools.split(","):
        if name not in here:
            parser.error(f"unknown tool {name}; known tools: {', '.join(here)}")
        if advice := here[name].missing():
            print(f"{name} is left out: {advice}", file=sys.stderr)
            continue
        print(f"--candidate {name}={read_with(here[name], data, arguments.out)}", flush=True)
    return 0


def read_with(tool: Tool, data: BenchData, out: Path) -> Path:
    """Read all pages and return the folder of texts. If a tool does not mark page ends, page 1 gets its whole text."""
    folder = out / re.sub(r"[^\w.-]+", "-", f"{tool.name}-{tool.version()}")[:80]
    if (folder / "seconds_per_page.txt").exists():
        known = {pdf for pdf, _ in read_texts(folder, data.pdfs).texts}
        if known == set(data.pdfs):
            return folder
    texts: dict[PageKey, tuple[str, ...]] = {}
    seconds = 0.0
    for pdf in data.pdfs:
        reading = tool.read(Document(f"pdfs/{pdf}", data.folder / "pdfs" / pdf, None, ()))
        seconds += reading.seconds
        # A page that the tool cannot read gets an empty text, so that its checks fail.
        texts |= {(pdf, number): (text,) for number, text in enumerate(reading.texts or ("",), start=1)}
    write_texts(folder, CandidateTexts(tool.name, texts, seconds / max(len(texts), 1)))
    return folder


if __name__ == "__main__":
    sys.exit(main())
