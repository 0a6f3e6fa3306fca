"""An installed Tesseract, for scripts that our models do not read: run as a process with a time limit."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.sandbox.parent_death_signal import kill_children_with_parent

if TYPE_CHECKING:
    from olmocr_core.ocr.models import Pixels

PROGRAM = "tesseract"
# Languages by the script that Tesseract detects; the first installed ones are used.
SCRIPTS = {
    "Cyrillic": ("rus", "ukr", "bul", "srp", "bel", "mkd"),
    "Greek": ("ell", "grc"),
    "Arabic": ("ara", "fas", "urd"),
    "Hebrew": ("heb", "yid"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Bengali": ("ben", "asm"),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Kannada": ("kan",),
    "Malayalam": ("mal",),
    "Gujarati": ("guj",),
    "Gurmukhi": ("pan",),
    "Thai": ("tha",),
    "Georgian": ("kat",),
    "Armenian": ("hye",),
    "Hangul": ("kor",),
    "Korean": ("kor",),
}
_MOST_LANGUAGES = 2
_SECONDS = 30.0
_SCRIPT = re.compile(r"^Script: (\w+)$", re.MULTILINE)
_WORD_LEVEL, _LINE_LEVEL = "5", "4"


@cache
def list_languages() -> tuple[str, ...]:
    """Installed languages in scripts that our models do not read; empty without the program or without ``osd``."""
    if shutil.which(PROGRAM) is None:
        return ()
    listed = _run_tesseract(["--list-langs"], b"").decode("utf-8", "replace").split()
    known = {language for group in SCRIPTS.values() for language in group}
    return tuple(sorted(known.intersection(listed))) if "osd" in listed else ()


@cache
def describe_version() -> str:
    """The program's version and languages, part of the engine's identity; empty if it is not used."""
    if not list_languages():
        return ""
    first = _run_tesseract(["--version"], b"").decode("utf-8", "replace").split("\n", 1)[0].strip()
    return f"{first} {'+'.join(list_languages())}"


def detect_languages(image: Pixels) -> tuple[str, ...]:
    """Installed languages for the detected script of an upright RGB image; empty for none."""
    found = _SCRIPT.search(_run_tesseract(["-", "-", "--psm", "0"], _encode_png(image)).decode("utf-8", "replace"))
    group = SCRIPTS.get(found[1], ()) if found else ()
    return tuple(language for language in group if language in list_languages())[:_MOST_LANGUAGES]


def read_words(image: Pixels, chosen: Sequence[str]) -> list[Word]:
    """The words of an upright RGB image in its pixels, read in these languages; empty if the program fails."""
    table = _run_tesseract(["-", "-", "-l", "+".join(chosen), "--psm", "3", "tsv"], _encode_png(image)).decode(
        "utf-8", "replace"
    )
    return list(parse_tsv(table))


def parse_tsv(table: str) -> Iterator[Word]:
    """Words of Tesseract's TSV; the height of their line stands for the type size."""
    line, size = -1, 0.0
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") == _LINE_LEVEL:
            line, size = line + 1, float(row["height"])
        text = clean_text(row.get("text") or "").strip()
        if row.get("level") != _WORD_LEVEL or not text:
            continue
        x, y, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        sure = round(max(float(row["conf"]), 0.0) / 100, 4)
        yield Word(text, Box(x, y, x + width, y + height), size, confidence=sure, line=line)


def _run_tesseract(arguments: Sequence[str], given: bytes) -> bytes:
    """The program's output; empty if it fails or exceeds its time limit."""
    try:
        with kill_children_with_parent():
            done = subprocess.run(
                [PROGRAM, *arguments],
                input=given,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            )
    except (subprocess.TimeoutExpired, OSError):
        return b""
    return done.stdout + done.stderr if "--version" in arguments or "--list-langs" in arguments else done.stdout


def _encode_png(image: Pixels) -> bytes:
    # The main process only asks for the version and does not need OpenCV.
    import cv2

    _, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return encoded.tobytes()
