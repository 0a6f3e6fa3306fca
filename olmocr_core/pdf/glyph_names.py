"""Ligatures that a PDF names only in the encoding of a font: pypdf reads it there, for pdfium does not tell."""

from __future__ import annotations

from typing import Any

from olmocr_core.pdf.cross_check import FAILURES, opened
from olmocr_core.pdf.fonts import without_tag

# Names as fonts give them (Adobe's rule: letters joined by an underscore), to characters of one code.
LIGATURES = {"f_f": "ﬀ", "f_i": "ﬁ", "f_l": "ﬂ", "f_f_i": "ﬃ", "f_f_l": "ﬄ", "s_t": "ﬆ"}
# More fonts and codes than pages have; a font has 256 codes.
_MOST_FONTS, _MOST_CODES = 500, 1000

Names = dict[str, dict[int, str]]


def ligature_codes(location: str, page_number: int, password: str, seconds: float) -> Names:
    """The ligatures of a page's fonts: by a font's name without the tag of a subset, code to character.

    Only of fonts without a table of Unicode values. A code that fonts of one name use differently is left out, and so
    is all that cannot be read within ``seconds``.
    """
    import pypdf.errors

    try:
        with opened(location, password, seconds) as reader:
            return _of_fonts(_fonts(reader.pages[page_number - 1]))
    except (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, TimeoutError, *FAILURES):
        return {}


def named_codes(differences: list[Any]) -> dict[int, str]:
    """What an array of /Differences says: codes to names, without the slash."""
    names: dict[int, str] = {}
    code = 0
    for entry in differences[:_MOST_CODES]:
        if isinstance(entry, int | float):
            code = int(entry)
        else:
            names[code] = str(entry).removeprefix("/")
            code += 1
    return names


def _fonts(page: Any) -> list[Any]:
    fonts = page["/Resources"].get_object()["/Font"].get_object()
    return [font.get_object() for font in list(fonts.values())[:_MOST_FONTS]]


def _of_fonts(fonts: list[Any]) -> Names:
    found: dict[str, dict[int, set[str]]] = {}
    for font in fonts:
        encoding: Any = font.get("/Encoding")
        encoding = encoding.get_object() if encoding is not None else None
        if not hasattr(encoding, "get") or "/Differences" not in encoding or "/ToUnicode" in font:
            continue
        codes = found.setdefault(without_tag(str(font.get("/BaseFont", "")).removeprefix("/")), {})
        for code, name in named_codes(list(encoding["/Differences"].get_object())).items():
            codes.setdefault(code, set()).add(name)
    return {
        name: {
            code: LIGATURES[alone]
            for code, names in codes.items()
            if len(names) == 1 and (alone := next(iter(names))) in LIGATURES
        }
        for name, codes in found.items()
    }
