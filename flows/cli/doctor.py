"""What this machine has of what the project can use."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from olmocr_core.bench.math.chromium import find_chromium
from olmocr_core.bench.math.katex import find_katex
from olmocr_core.domain.errors import UsageError
from olmocr_core.ocr import tesseract
from olmocr_core.ocr.weights import probe as probe_weights


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for; ``needed`` when nothing works without it."""

    name: str
    found: bool
    detail: str
    needed: bool = False


def examine() -> Iterator[Finding]:
    """Look at the Python, the OCR weights, Poppler, what draws equations, and fonts."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, needed=True)
    trouble = probe_weights()
    yield Finding("OCR weights", not trouble, "; ".join(trouble) or "inside the installed packages", needed=True)
    yield _program("pdftoppm", "Poppler, the second renderer", "apt-get install poppler-utils")
    yield _tesseract()
    yield from _equations()
    yield _program("fc-list", "fontconfig, to tell which fonts are installed", "apt-get install fontconfig")


def _equations() -> Iterator[Finding]:
    for name, find in (("Chromium, to draw a benchmark's equations", find_chromium), ("KaTeX, likewise", _katex)):
        try:
            yield Finding(name, True, find())
        except UsageError as error:
            yield Finding(name, False, str(error))


def _tesseract() -> Finding:
    what = "Tesseract, for scripts that the OCR weights do not read"
    languages = tesseract.languages()
    cure = "no languages of other scripts; to get one: apt-get install tesseract-ocr-rus (or -ell, -ara, -hin, ...)"
    return Finding(what, bool(languages), " ".join(languages) or cure)


def _katex() -> str:
    return str(find_katex().folder)


def _program(name: str, what: str, cure: str) -> Finding:
    path = shutil.which(name)
    return Finding(what, bool(path), path or f"not installed; to get it: {cure}")
