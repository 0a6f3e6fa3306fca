"""What a glyph of a math font means in LaTeX, and what part it plays in an equation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Kind = Literal["ord", "op", "rel", "bin", "open", "close", "punct", "accent", "radical"]

MATH_FONT = re.compile(
    r"CMMI|CMSY|CMEX|CMBSY|MSBM|MSAM|EUFM|EUSM|EUEX|RSFS|LMMath|LatinModernMath|PazoMath|MTMI|MTSY|MTEX|txsy|txex|txmi"
    r"|NewTXMI|ntxmi|ntxsy|ntxex|STIX|XITS|Math|esint|stmary|bbold|dsrom|BBM",
    re.IGNORECASE,
)
_CM_SYMBOLS = re.compile(r"CMSY|CMBSY|LMMathSymbols", re.IGNORECASE)
_CM_LETTERS = re.compile(r"CMMI|LMMathItalic", re.IGNORECASE)
_CM_LARGE = re.compile(r"CMEX|LMMathExtension|EUEX", re.IGNORECASE)
_BLACKBOARD = re.compile(r"MSBM|bbold|dsrom|BBM", re.IGNORECASE)
_FRAKTUR = re.compile(r"EUFM", re.IGNORECASE)
_SCRIPT = re.compile(r"EUSM|RSFS", re.IGNORECASE)

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "o", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega"),
)
_GREEK_UPPER = {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
                "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "∆": "Delta"}  # fmt: skip
_LETTERS = {"ϑ": "vartheta", "ϕ": "phi", "ϖ": "varpi", "ϱ": "varrho", "ϵ": "epsilon", "ℓ": "ell", "∂": "partial",
            "ı": "imath", "ȷ": "jmath", "ℜ": "Re", "ℑ": "Im", "ℵ": "aleph", "℘": "wp", "ℏ": "hbar", "∞": "infty",
            "∅": "emptyset", "∇": "nabla", "∀": "forall", "∃": "exists", "∄": "nexists", "¬": "neg", "⊤": "top",
            "⊥": "perp", "′": "prime", "…": "ldots", "⋯": "cdots", "⋮": "vdots", "⋱": "ddots", "∠": "angle",
            "△": "triangle", "□": "square", "■": "blacksquare", "♯": "sharp", "♭": "flat", "†": "dagger",
            "‡": "ddagger", "§": "S"}  # fmt: skip
_RELATIONS = {"≤": "leq", "≥": "geq", "⩽": "leqslant", "⩾": "geqslant", "≠": "neq", "≈": "approx", "≡": "equiv",
              "∼": "sim", "≃": "simeq", "≅": "cong", "∝": "propto", "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset",
              "⊃": "supset", "⊆": "subseteq", "⊇": "supseteq", "⊊": "subsetneq", "→": "rightarrow", "←": "leftarrow",
              "↔": "leftrightarrow", "⇒": "Rightarrow", "⇐": "Leftarrow", "⇔": "Leftrightarrow", "↦": "mapsto",
              "⟶": "longrightarrow", "⟹": "Longrightarrow", "⟺": "Longleftrightarrow", "↑": "uparrow",
              "↓": "downarrow", "≪": "ll", "≫": "gg", "≺": "prec", "≻": "succ", "⪯": "preceq", "⪰": "succeq",
              "⊢": "vdash", "⊣": "dashv", "⊨": "models", "↪": "hookrightarrow",
              "≲": "lesssim", "≳": "gtrsim", "⇝": "leadsto", "≍": "asymp", "⊑": "sqsubseteq"}  # fmt: skip
_BINARY = {"±": "pm", "∓": "mp", "×": "times", "÷": "div", "·": "cdot", "⋅": "cdot", "∗": "ast", "⋆": "star",
           "∘": "circ", "◦": "circ", "•": "bullet", "⊕": "oplus", "⊖": "ominus", "⊗": "otimes", "⊙": "odot",
           "∪": "cup", "∩": "cap", "∧": "wedge", "∨": "vee", "∖": "setminus", "⊎": "uplus", "⊔": "sqcup",
           "⊓": "sqcap", "≀": "wr", "⋊": "rtimes", "⋉": "ltimes", "⋄": "diamond"}  # fmt: skip
_LARGE = {"∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∮": "oint", "∬": "iint", "∭": "iiint", "⋃": "bigcup",
          "⋂": "bigcap", "⋁": "bigvee", "⋀": "bigwedge", "⨁": "bigoplus", "⨂": "bigotimes"}  # fmt: skip
_OPEN = {"(": "(", "[": "[", "{": r"\{", "⟨": r"\langle", "〈": r"\langle", "⌊": r"\lfloor", "⌈": r"\lceil"}
_CLOSE = {")": ")", "]": "]", "}": r"\}", "⟩": r"\rangle", "〉": r"\rangle", "⌋": r"\rfloor", "⌉": r"\rceil"}
_ACCENTS = {"ˆ": "hat", "^": "hat", "˜": "tilde", "~": "tilde", "¯": "bar", "ˉ": "bar", "˙": "dot", "¨": "ddot",
            "ˇ": "check", "˘": "breve", "⃗": "vec", "´": "acute", "`": "grave"}  # fmt: skip
_COMBINED = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot", "\u0308": "ddot", "\u030c": "check",
             "\u0306": "breve", "\u0301": "acute", "\u0300": "grave"}  # fmt: skip
_COMMON: dict[str, tuple[str, Kind]] = {
    **dict.fromkeys("‖∥", (r"\|", "ord")), **dict.fromkeys("−-‐–", ("-", "bin")), "\\": (r"\setminus", "bin"),
    **{char: (char, "bin") for char in "+*"}, **{char: (char, "ord") for char in "|!/"},
    **{char: (char, "rel") for char in "=<>:"}, **{char: (char, "punct") for char in ",;."},
    **{char: ("\\" + char, "ord") for char in "%&#_$"}, **dict.fromkeys("'’", (r"\prime", "ord")),
    "⎪": ("", "ord"), "⏐": ("|", "ord"), "∣": ("|", "ord"), "\u0338": (r"\not", "ord"),
    "\u21a6|": ("|->", "ord"), "√": (r"\sqrt", "radical"),
}  # fmt: skip
# What tall delimiters are put together from; the straight piece of a brace is that of either.
_PIECES = {
    **dict.fromkeys("⎛⎜⎝\uf8eb\uf8ec\uf8ed", "("), **dict.fromkeys("⎞⎟⎠\uf8f6\uf8f7\uf8f8", ")"),
    **dict.fromkeys("⎡⎢⎣\uf8ee\uf8ef\uf8f0", "["), **dict.fromkeys("⎤⎥⎦\uf8f9\uf8fa\uf8fb", "]"),
    **dict.fromkeys("⎧⎨⎩\uf8f1\uf8f2\uf8f3", "{"), **dict.fromkeys("⎫⎬⎭\uf8fc\uf8fd\uf8fe", "}"),
    **dict.fromkeys("⎪\uf8f4", "⎪"),
}  # fmt: skip
# Glyphs whose names are in no list: pdfium gives their codes, as Computer Modern's fonts have them.
_SYMBOL_CODES = {"3": "∋", "6": "\u0338", "7": "\u21a6|", "k": "‖", "h": "⟨", "i": "⟩", "b": "⌊", "c": "⌋", "d": "⌈",
                 "e": "⌉", "f": "{", "g": "}", "r": "∇", "t": "⊔", "u": "⊓", "p": "√", "q": "∐", "s": "∫", "'": "≃",
                 ">": "⊤", "`": "⊢", "a": "⊣", "]": "⊎", "\x1c": "≪", "\x1d": "≫", "\x16": "⪯", "\x17": "⪰",
                 "\x0c": "⊙", "\x0e": "∘", "\x0a": "⊗", "\x08": "⊕", "\x10": "≍", "\x05": "⋄", "\x06": "±",
                 "\x07": "∓", "\x00": "−", "\x01": "·", "\x02": "×", "\x03": "∗"}  # fmt: skip
_LETTER_CODES = {"\x0f": "ϵ", '"': "ε", "'": "ϕ", "~": "⃗", "@": "∂", "`": "ℓ", "{": "ı", "|": "ȷ", "\x0b": "α",
                 "\x0c": "β", "\x0d": "γ", "\x0e": "δ", "#": "ϑ", "$": "ϖ", "%": "ϱ", "&": "ς", "?": "⋆"}  # fmt: skip
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


@lru_cache(maxsize=4096)
def meaning(char: str, font: str) -> tuple[str, Kind] | None:
    """A glyph's LaTeX and its part; None where it is not known. ``char`` is as pdfium gives it."""
    if char in _PIECES:
        return _plain(_PIECES[char])
    if _CM_LARGE.search(font):
        char = _LARGE_CODES.get(char, char)
    elif _CM_SYMBOLS.search(font):
        char = _SYMBOL_CODES.get(char, char)
    elif _CM_LETTERS.search(font):
        char = _LETTER_CODES.get(char, char)
    if len(char) == 1 and char.isascii() and char.isupper() and (styled := _styled(char, font)):
        return styled, "ord"
    return _plain(char)


def _styled(char: str, font: str) -> str:
    if _BLACKBOARD.search(font):
        return rf"\mathbb{{{char}}}"
    if _FRAKTUR.search(font):
        return rf"\mathfrak{{{char}}}"
    if _SCRIPT.search(font) or _CM_SYMBOLS.search(font):
        return rf"\mathcal{{{char}}}"
    return ""


def _plain(char: str) -> tuple[str, Kind] | None:
    if char in _ACCENTS:
        return _ACCENTS[char], "accent"
    tables: tuple[tuple[dict[str, str], Kind], ...] = (
        (_GREEK_UPPER, "ord"), (_LETTERS, "ord"), (_RELATIONS, "rel"), (_BINARY, "bin"), (_LARGE, "op"),
    )  # fmt: skip
    for table, kind in tables:
        if char in table:
            return "\\" + table[char], kind
    if char in _OPEN:
        return _OPEN[char], "open"
    if char in _CLOSE:
        return _CLOSE[char], "close"
    if "α" <= char <= "ω":
        name = _GREEK[ord(char) - ord("α")]
        return (name if name == "o" else "\\" + name), "ord"
    return _common(char)


def _common(char: str) -> tuple[str, Kind] | None:
    if char in _COMMON:
        return _COMMON[char]
    if unicodedata.category(char) == "Co":
        return None
    plain = unicodedata.normalize("NFKC", char)
    if plain != char and len(plain) == 1:
        return _plain(plain)
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[1] in _COMBINED:
        return rf"\{_COMBINED[parts[1]]}{{{parts[0]}}}", "ord"
    return (char, "ord") if char.isascii() and char.isalnum() else None
