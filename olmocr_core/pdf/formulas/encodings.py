"""Encodings of TeX's math fonts whose glyph names are not in pdfium's list: pdfium returns the code as the character."""

from __future__ import annotations

import re

CM_SYMBOLS = re.compile(r"CMSY|CMBSY|LMMathSymbols", re.IGNORECASE)
_CM_LETTERS = re.compile(r"CMMI|LMMathItalic", re.IGNORECASE)
CM_LARGE = re.compile(r"CMEX|LMMathExtension|EUEX", re.IGNORECASE)
_AMS = re.compile(r"MSAM", re.IGNORECASE)

# Codes that also name other glyphs of the same font are left to those: a minus, a star, braces, a bar. The last row is
# what some versions of Ghostscript write instead.
_SYMBOL_CODES = {
    **dict(zip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", "−·×∗÷⋄±∓⊕⊖⊗⊘⊙◯∘•", strict=True)),
    **dict(zip("\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f", "≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻", strict=True)),
    **dict(zip("!\"#$%&'()/", "→↑↓↔↗↘≃⇐⇒∝", strict=True)),
    **dict(zip("01234589:;<=>?@[]^_`a", "′∞∈∋△▽∀∃¬∅ℜℑ⊤⊥ℵ∪⊎∧∨⊢⊣", strict=True)),
    **dict(zip("bcdefghijklmnopqrstuvwxyz", "⌊⌋⌈⌉{}⟨⟩|‖↕⇕\\≀√∐∇∫⊔⊓⊑⊒§†‡", strict=True)),
    "6": "\u0338", "7": "\u21a6|", "¦": "⊤", "+": "⌊", ",": "⌋", "♣": "|", "¶": "{", "♢": "}",
}  # fmt: skip
_LETTER_CODES = {
    **dict(zip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True)),
    **dict(zip(map(chr, range(0x0B, 0x22)), "αβγδϵζηθικλμνξπρστυϕχψω", strict=True)),
    **dict(zip("\"#$%&'?@`{|}~", "εϑϖϱςϕ⋆∂ℓıȷ℘⃗", strict=True)),
}
_LARGE_CODES = {
    **dict.fromkeys("\x00\x10\x12\x20\x30\xa1\xb5\xc3", "("), **dict.fromkeys("\x01\x11\x13!1\xa2\xb6\xc4", ")"),
    **dict.fromkeys("\x02\x14\"h2\xa3\xb7\xc5", "["), **dict.fromkeys("\x03\x15#i3\xa4\xb8\xc6", "]"),
    **dict.fromkeys("\x08\x1a(n8\xa9\xbd\xcb", "{"), **dict.fromkeys("\x09\x1b)o9\xaa\xbe\xcc", "}"),
    **dict.fromkeys("\x04\x16$j", "⌊"), **dict.fromkeys("\x05\x17%k", "⌋"), **dict.fromkeys("\x06\x18&l", "⌈"),
    **dict.fromkeys("\x07\x19'm", "⌉"), **dict.fromkeys("\x0a\x1c*D", "⟨"), **dict.fromkeys("\x0b\x1d+E", "⟩"),
    **dict.fromkeys("@B", "("), **dict.fromkeys("AC", ")"), **dict.fromkeys("46", "["), **dict.fromkeys("57", "]"),
    **dict.fromkeys(":<", "{"), **dict.fromkeys(";=", "}"), ">": "⎪",
    **dict.fromkeys("PX", "∑"), **dict.fromkeys("QY", "∏"), **dict.fromkeys("RZ", "∫"), **dict.fromkeys("S[", "⋃"),
    **dict.fromkeys("T\\", "⋂"), **dict.fromkeys("V^", "⋀"), **dict.fromkeys("W_", "⋁"), **dict.fromkeys("LM", "⨁"),
    **dict.fromkeys("NO", "⨂"), **dict.fromkeys("`a", "∐"), **dict.fromkeys("HI", "∮"), **dict.fromkeys("bcd", "ˆ"),
    **dict.fromkeys("efg", "˜"), **dict.fromkeys("pqrst", "√"), "\x0c": "|", "\x0d": "‖", "∪": "⋃", "∩": "⋂",
    "∧": "⋀", "∨": "⋁", "⊕": "⨁", "⊗": "⨂"}  # fmt: skip
_AMS_CODES = {
    "\x03": "□",
    "\x04": "■",
    "6": "⩽",
    ">": "⩾",
    "&": "≳",
    ".": "≲",
    ",": "≨",
    "$": "≜",
    "(": "⇝",
    "\x12": "⇌",
}


def decode_math_char(char: str, font: str) -> str:
    """The character that a code of a TeX math font stands for; in other fonts, the character itself."""
    if CM_LARGE.search(font):
        return _LARGE_CODES.get(char, char)
    if CM_SYMBOLS.search(font):
        return _SYMBOL_CODES.get(char, char)
    if _CM_LETTERS.search(font):
        return _LETTER_CODES.get(char, char)
    if _AMS.search(font):
        return _AMS_CODES.get(char, char)
    return char
