"""Ligatures that a PDF names only in a font's /Encoding: pypdf reads it there, since pdfium does not expose it."""

from __future__ import annotations

from typing import Any

from olmocr_core.pdf.cross_check import open_with_pypdf
from olmocr_core.pdf.fonts import strip_subset_tag

# Glyph names by Adobe's rule (letters joined by underscores), and the Unicode ligatures.
LIGATURES = {"f_f": "ﬀ", "f_i": "ﬁ", "f_l": "ﬂ", "f_f_i": "ﬃ", "f_f_l": "ﬄ", "s_t": "ﬆ"}
# More than pages have; a font has 256 codes.
_MAX_FONTS, _MAX_CODES = 500, 1000

LigatureNames = dict[str, dict[int, str]]


def read_ligature_codes(location: str, page_number: int, password: str, seconds: float) -> LigatureNames:
    """Read the ligatures of a page's fonts: code to character, by font name without subset tag.

    Only fonts without a /ToUnicode table count. A code that two fonts of one name use differently is left out, and so
    is whatever cannot be read within ``seconds``.
    """
    try:
        with open_with_pypdf(location, password, seconds) as reader:
            return _collect_ligatures(_list_fonts(reader.pages[page_number - 1]))
    except (MemoryError, ImportError):
        raise
    except Exception:  # noqa: BLE001 - over hostile bytes pypdf raises anything
        return {}


def parse_differences(differences: list[Any]) -> dict[int, str]:
    """Parse a /Differences array: glyph names by code, without the slash."""
    names: dict[int, str] = {}
    code = 0
    for entry in differences[:_MAX_CODES]:
        if isinstance(entry, int | float):
            code = int(entry)
        else:
            names[code] = str(entry).removeprefix("/")
            code += 1
    return names


def _list_fonts(page: Any) -> list[Any]:
    fonts = page["/Resources"].get_object()["/Font"].get_object()
    return [font.get_object() for font in list(fonts.values())[:_MAX_FONTS]]


def _collect_ligatures(fonts: list[Any]) -> LigatureNames:
    found: dict[str, dict[int, set[str]]] = {}
    for font in fonts:
        encoding: Any = font.get("/Encoding")
        encoding = encoding.get_object() if encoding is not None else None
        if not hasattr(encoding, "get") or "/Differences" not in encoding or "/ToUnicode" in font:
            continue
        codes = found.setdefault(strip_subset_tag(str(font.get("/BaseFont", "")).removeprefix("/")), {})
        for code, name in parse_differences(list(encoding["/Differences"].get_object())).items():
            codes.setdefault(code, set()).add(name)
    return {
        name: {
            code: LIGATURES[alone]
            for code, names in codes.items()
            if len(names) == 1 and (alone := next(iter(names))) in LIGATURES
        }
        for name, codes in found.items()
    }
