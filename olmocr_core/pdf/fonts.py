"""Text that a renderer cannot draw because its font is neither embedded in the file nor installed.

pdfium then falls back on built-in fonts that cover Latin letters only. That is harmless for Latin text; Japanese,
Arabic or Thai text is drawn as nothing, and the page image loses it silently. So the page's record notes it.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

# Walking all objects of a dense page costs as much as drawing it; a font that matters occurs in many of them.
_SAMPLED_OBJECTS = 400
_MAX_DEPTH = 3
_MAX_NAME = 256
# Reading one object's text takes time proportional to the whole page's text.
_READ_OBJECTS, _READ_CHARS = 12, 400
# The fonts built into pdfium; any other family name means that an installed font was found.
_BUILT_IN = ("Chrom Sans", "Chrom Serif", "Chrom Fixed", "Chrome Sans", "Chrome Serif")
# The standard 14 fonts: never embedded in old files, Latin by definition.
_STANDARD = ("Helvetica", "Times-", "Courier", "Symbol", "ZapfDingbats")
_MIN_LOST = 2
_SUBSET = re.compile(r"^[A-Z]{6}\+")


@dataclass(frozen=True, slots=True)
class _WritingSystem:
    """A writing system, the Debian package with its fonts, and its code point ranges."""

    name: str
    package: str
    ranges: tuple[tuple[int, int], ...]

    def contains(self, character: str) -> bool:
        return any(low <= ord(character) <= high for low, high in self.ranges)


# The first match wins: kana is only Japanese, Han characters alone may be either.
_WRITING_SYSTEMS = (
    _WritingSystem("Japanese", "fonts-noto-cjk", ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F))),
    _WritingSystem("Korean", "fonts-noto-cjk", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),
    _WritingSystem("Chinese or Japanese", "fonts-noto-cjk", ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x4DBF),
            (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF01, 0xFF60), (0x20000, 0x3FFFF))),
    _WritingSystem("Arabic", "fonts-noto-core", ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF),
            (0xFE70, 0xFEFF))),
    _WritingSystem("Hebrew", "fonts-noto-core", ((0x0590, 0x05FF), (0xFB1D, 0xFB4F))),
    _WritingSystem("Thai", "fonts-noto-core", ((0x0E00, 0x0E7F),)),
    _WritingSystem("an Indic script", "fonts-noto-core", ((0x0900, 0x0DFF),)),
    _WritingSystem("Armenian or Georgian", "fonts-noto-core", ((0x0530, 0x058F), (0x10A0, 0x10FF))),
    _WritingSystem("a South-East Asian script", "fonts-noto-core", ((0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))),
    _WritingSystem("Ethiopic", "fonts-noto-core", ((0x1200, 0x139F),)),
)  # fmt: skip


def describe_missing_fonts(page: pypdfium2.PdfPage) -> tuple[str, ...]:
    """Notes about text that was not drawn because its font is missing; empty for nearly all pages."""
    suspects = [
        (name, item)
        for name, item in _sample_text_objects(page)
        if not name.startswith(_STANDARD) and _is_substituted(item)
    ]
    if not suspects:
        return ()
    lost: dict[str, _WritingSystem] = {}
    text_page = page.get_textpage()
    try:
        for name, items in _group_by_name(suspects).items():
            script = _detect_writing_system(
                "".join(_read_object_text(item, text_page) for item in _sample_evenly(items))
            )
            if script is not None:
                lost[name] = script
    finally:
        text_page.close()
    return (_format_note(lost),) if lost else ()


def _format_note(lost: dict[str, _WritingSystem]) -> str:
    fonts = ", ".join(f"{name} ({script.name})" for name, script in sorted(lost.items()))
    packages = " ".join(sorted({script.package for script in lost.values()}))
    return (
        f"fonts not embedded and not installed: {fonts}; their text is missing from the page image; install {packages}"
    )


def _group_by_name(suspects: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for name, item in suspects:
        grouped.setdefault(name, []).append(item)
    return grouped


def _sample_evenly(items: list[Any]) -> list[Any]:
    return items[:: max(1, len(items) // _READ_OBJECTS)]


def _sample_text_objects(page: pypdfium2.PdfPage) -> Iterator[tuple[str, Any]]:
    """A sample of the page's text objects, each with the name of its font."""
    yield from _walk_objects(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, 0)


def _walk_objects(holder: Any, count: Any, get: Any, depth: int) -> Iterator[tuple[str, Any]]:
    number = count(holder)
    for index in range(0, number, max(1, number // _SAMPLED_OBJECTS)):
        item = get(holder, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            yield _read_base_name(pdfium.FPDFTextObj_GetFont(item)), item
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            yield from _walk_objects(item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, depth + 1)


def _read_name(read: Any, font: Any) -> str:
    buffer = ctypes.create_string_buffer(_MAX_NAME)
    read(font, buffer, _MAX_NAME)
    return buffer.value.decode("utf-8", "replace")


def _read_base_name(font: Any) -> str:
    return _read_name(pdfium.FPDFFont_GetBaseFontName, font)


def read_font_name(font: Any) -> str:
    """The name of a pdfium font without its subset tag; empty if it has none."""
    return strip_subset_tag(_read_base_name(font))


def strip_subset_tag(name: str) -> str:
    """Remove the subset tag (six capitals and a plus) from a font's name."""
    return _SUBSET.sub("", name)


def _is_substituted(item: Any) -> bool:
    font = pdfium.FPDFTextObj_GetFont(item)
    if not font or pdfium.FPDFFont_GetIsEmbedded(font):
        return False
    return _read_name(pdfium.FPDFFont_GetFamilyName, font).startswith(_BUILT_IN)


def _read_object_text(item: Any, text_page: pypdfium2.PdfTextPage) -> str:
    size = min(pdfium.FPDFTextObj_GetText(item, text_page, None, 0), 2 * _READ_CHARS)
    if size < 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFTextObj_GetText(item, text_page, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _detect_writing_system(text: str) -> _WritingSystem | None:
    for script in _WRITING_SYSTEMS:
        if sum(script.contains(character) for character in text) >= _MIN_LOST:
            return script
    return None
