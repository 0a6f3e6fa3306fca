"""Documents to send: copies of born-digital pages, each with other bytes, so that none is in the cache."""

from __future__ import annotations

import itertools
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter

SAMPLE = Path(__file__).resolve().parents[2] / "tests" / "data" / "samples" / "code_and_formula.pdf"


class Documents:
    """Makes documents of some pages; ``seed`` keeps those of one run apart from those of another."""

    def __init__(self, seed: str, sample: Path = SAMPLE) -> None:
        self._seed = seed
        self._page = PdfReader(sample).pages[0]
        self._numbers = itertools.count(1)
        self._by_pages: dict[int, bytes] = {}

    def make(self, pages: int = 1) -> bytes:
        """A document that nobody has sent before."""
        return self._template(pages) + f"\n% {self._seed} {next(self._numbers)}\n".encode()

    def _template(self, pages: int) -> bytes:
        if pages not in self._by_pages:
            writer = PdfWriter()
            for _ in range(pages):
                writer.add_page(self._page)
            stream = BytesIO()
            writer.write(stream)
            self._by_pages[pages] = stream.getvalue()
        return self._by_pages[pages]
