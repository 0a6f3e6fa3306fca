"""The command ``olmocr-flows doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from flows.cli.plain_text import say
from olmocr_core.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for. Nothing works without a ``needed`` one."""

    name: str
    found: bool
    detail: str
    needed: bool = False


def add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    doctor = commands.add_parser("doctor", help="what is installed, what is missing, and how to get it")
    doctor.set_defaults(command=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    problems = 0
    for finding in examine():
        problems += finding.needed and not finding.found
        say(f"{'ok     ' if finding.found else 'missing'} {finding.name}: {finding.detail}")
    return 1 if problems else 0


def examine() -> Iterator[Finding]:
    """Look for Python, the OCR weights, isolation, Poppler, Tesseract, the programs that draw equations, and fonts."""
    from olmocr_core.ocr.weights import check_weights as probe_weights
    from olmocr_core.sandbox.isolation import describe_isolation

    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, needed=True)
    trouble = probe_weights()
    yield Finding("OCR weights", not trouble, "; ".join(trouble) or "inside the installed packages", needed=True)
    yield Finding("Workers that read PDFs", *describe_isolation())
    yield _program("pdftoppm", "Poppler, the second renderer", "apt-get install poppler-utils")
    yield _tesseract()
    yield from _equations()
    yield _program("fc-list", "fontconfig, to tell which fonts are installed", "apt-get install fontconfig")


def _equations() -> Iterator[Finding]:
    from olmocr_core.bench.math.chromium import find_chromium
    from olmocr_core.bench.math.katex import find_katex

    def katex() -> str:
        return str(find_katex().folder)

    for name, find in (("Chromium, to draw a benchmark's equations", find_chromium), ("KaTeX, likewise", katex)):
        try:
            yield Finding(name, True, find())
        except UsageError as error:
            yield Finding(name, False, str(error))


def _tesseract() -> Finding:
    from olmocr_core.ocr import tesseract

    what = "Tesseract, for scripts that the OCR weights do not read"
    languages = tesseract.list_languages()
    cure = "no languages of other scripts; to get one: apt-get install tesseract-ocr-rus (or -ell, -ara, -hin, ...)"
    return Finding(what, bool(languages), " ".join(languages) or cure)


def _program(name: str, what: str, cure: str) -> Finding:
    path = shutil.which(name)
    return Finding(what, bool(path), path or f"not installed; to get it: {cure}")
