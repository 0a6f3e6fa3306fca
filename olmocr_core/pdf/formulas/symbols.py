"""Look up what a glyph of a math font means in LaTeX, and its role in an equation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from olmocr_core.pdf.formulas.encodings import CM_SYMBOLS, decode_math_char

AtomKind = Literal["ord", "op", "rel", "bin", "open", "close", "punct", "accent", "radical"]

MATH_FONT = re.compile(
    r"CMMI|CMSY|CMEX|CMBSY|MSBM|MSAM|EUFM|EUSM|EUEX|RSFS|LMMath|LatinModernMath|PazoMath|MTMI|MTSY|MTEX|txsy|txex|txmi"
    r"|NewTXMI|ntxmi|ntxsy|ntxex|STIX(?!\w*Text)|XITS|Math|esint|stmary|bbold|dsrom|BBM",
    re.IGNORECASE,
)
_BLACKBOARD = re.compile(r"MSBM|bbold|dsrom|BBM", re.IGNORECASE)
_FRAKTUR = re.compile(r"EUFM", re.IGNORECASE)
_SCRIPT = re.compile(r"EUSM|RSFS", re.IGNORECASE)

_LETTERLIKE = frozenset("ℂℍℕℙℚℝℤℬℰℱℋℐℒℳℛℭℌℨ")
# Style by the Unicode names of mathematical letters; the first match wins.
_ALPHABETS = (
    ("DOUBLE-STRUCK", "mathbb"), ("FRAKTUR", "mathfrak"), ("BLACK-LETTER", "mathfrak"), ("SCRIPT", "mathcal"),
    ("SANS-SERIF", "mathsf"), ("MONOSPACE", "mathtt"), ("BOLD ITALIC", "boldsymbol"), ("BOLD", "mathbf"),
)  # fmt: skip
_GREEK = (
    *("alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "o", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega"),
)
_GREEK_UPPER = {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
                "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "∆": "Delta"}  # fmt: skip
_LETTERS = {"ϑ": "vartheta", "ϕ": "phi", "ϖ": "varpi", "ϱ": "varrho", "ϵ": "epsilon", "ℓ": "ell", "∂": "partial",
            "ı": "imath", "ȷ": "jmath", "ℜ": "Re", "ℑ": "Im", "ℵ": "aleph", "℘": "wp", "ℏ": "hbar", "∞": "infty",
            "∅": "emptyset", "∇": "nabla", "∀": "forall", "∃": "exists", "∄": "nexists", "¬": "neg", "⊤": "top",
            "⊥": "perp", "ð": "eth", "∁": "complement", "⋆": "star", "♠": "spadesuit", "♡": "heartsuit",
            "♢": "diamondsuit", "♣": "clubsuit", "ℶ": "beth", "ħ": "hbar",
             "′": "prime", "…": "ldots", "⋯": "cdots", "⋮": "vdots", "⋱": "ddots", "∠": "angle",
            "△": "triangle", "□": "square", "■": "blacksquare", "♯": "sharp", "♭": "flat", "†": "dagger",
            "‡": "ddagger", "§": "S"}  # fmt: skip
_RELATIONS = {"≤": "leq", "≥": "geq", "⩽": "leqslant", "⩾": "geqslant", "≠": "neq", "≈": "approx", "≡": "equiv",
              "∼": "sim", "≃": "simeq", "≅": "cong", "∝": "propto", "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset",
              "⊃": "supset", "⊆": "subseteq", "⊇": "supseteq", "⊊": "subsetneq", "→": "rightarrow", "←": "leftarrow",
              "↔": "leftrightarrow", "⇒": "Rightarrow", "⇐": "Leftarrow", "⇔": "Leftrightarrow", "↦": "mapsto",
              "⟶": "longrightarrow", "⟹": "Longrightarrow", "⟺": "Longleftrightarrow", "↑": "uparrow",
              "↓": "downarrow", "≪": "ll", "≫": "gg", "≺": "prec", "≻": "succ", "⪯": "preceq", "⪰": "succeq",
              "⊢": "vdash", "⊣": "dashv", "⊨": "models", "↪": "hookrightarrow",
              "↗": "nearrow", "↘": "searrow", "↖": "nwarrow", "↙": "swarrow", "⇓": "Downarrow", "⇑": "Uparrow",
              "↕": "updownarrow", "⇕": "Updownarrow", "⊒": "sqsupseteq", "≜": "triangleq", "≐": "doteq",
              "⟵": "longleftarrow", "⟷": "longleftrightarrow", "⇌": "rightleftharpoons", "⇀": "rightharpoonup",
              "⟸": "Longleftarrow", "⊋": "supsetneq", "⊄": "not\\subset", "∤": "nmid", "∦": "nparallel", "≰": "nleq",
              "≱": "ngeq", "↛": "nrightarrow", "⊈": "nsubseteq", "≨": "lneqq", "≩": "gneqq", "≦": "leqq", "≧": "geqq",
              "⊩": "Vdash", "↩": "hookleftarrow", "↠": "twoheadrightarrow", "↣": "rightarrowtail", "∴": "therefore",
              "∵": "because", "≔": "coloneqq", "⌣": "smile", "⌢": "frown",
              "≲": "lesssim", "≳": "gtrsim", "⇝": "leadsto", "≍": "asymp", "⊑": "sqsubseteq"}  # fmt: skip
_BINARY = {"±": "pm", "∓": "mp", "×": "times", "÷": "div", "·": "cdot", "⋅": "cdot", "∗": "ast",
           "∘": "circ", "◦": "circ", "•": "bullet", "⊕": "oplus", "⊖": "ominus", "⊗": "otimes", "⊙": "odot",
           "∪": "cup", "∩": "cap", "∧": "wedge", "∨": "vee", "∖": "setminus", "⊎": "uplus", "⊔": "sqcup",
           "⊓": "sqcap", "≀": "wr", "⋊": "rtimes", "⋉": "ltimes", "⋄": "diamond", "⊘": "oslash", "◯": "bigcirc",
           "▽": "bigtriangledown", "⊠": "boxtimes", "⊞": "boxplus"}  # fmt: skip
_LARGE = {"∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∮": "oint", "∬": "iint", "∭": "iiint", "⋃": "bigcup",
          "⋂": "bigcap", "⋁": "bigvee", "⋀": "bigwedge", "⨁": "bigoplus", "⨂": "bigotimes"}  # fmt: skip
_OPEN = {
    "(": "(",
    "[": "[",
    "{": r"\{",
    "⟨": r"\langle",
    "〈": r"\langle",
    "⌊": r"\lfloor",
    "⌈": r"\lceil",
    "⟦": r"\llbracket",
}
_CLOSE = {
    ")": ")",
    "]": "]",
    "}": r"\}",
    "⟩": r"\rangle",
    "〉": r"\rangle",
    "⌋": r"\rfloor",
    "⌉": r"\rceil",
    "⟧": r"\rrbracket",
}
_ACCENTS = {"ˆ": "hat", "^": "hat", "˜": "tilde", "~": "tilde", "¯": "bar", "ˉ": "bar", "˙": "dot", "¨": "ddot",
            "ˇ": "check", "˘": "breve", "⃗": "vec", "´": "acute", "`": "grave"}  # fmt: skip
_COMBINED = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot", "\u0308": "ddot", "\u030c": "check",
             "\u0306": "breve", "\u0301": "acute", "\u0300": "grave"}  # fmt: skip
_COMMON: dict[str, tuple[str, AtomKind]] = {
    **dict.fromkeys("‖∥", (r"\|", "ord")), **dict.fromkeys("−-‐–", ("-", "bin")), "\\": (r"\setminus", "bin"),
    **{char: (char, "bin") for char in "+*"}, **{char: (char, "ord") for char in "|!/"},
    **{char: (char, "rel") for char in "=<>:"}, **{char: (char, "punct") for char in ",;."},
    **{char: ("\\" + char, "ord") for char in "%&#_$"}, **dict.fromkeys("'’", (r"\prime", "ord")),
    "⎪": ("", "ord"), "⏐": ("|", "ord"), "∣": ("|", "ord"), "\u0338": (r"\not", "ord"),
    "\u21a6|": ("|->", "ord"), "√": (r"\sqrt", "radical"),
}  # fmt: skip
# Pieces of tall delimiters; the straight piece of a brace belongs to either side.
_PIECES = {
    **dict.fromkeys("⎛⎜⎝\uf8eb\uf8ec\uf8ed", "("), **dict.fromkeys("⎞⎟⎠\uf8f6\uf8f7\uf8f8", ")"),
    **dict.fromkeys("⎡⎢⎣\uf8ee\uf8ef\uf8f0", "["), **dict.fromkeys("⎤⎥⎦\uf8f9\uf8fa\uf8fb", "]"),
    **dict.fromkeys("⎧⎨⎩\uf8f1\uf8f2\uf8f3", "{"), **dict.fromkeys("⎫⎬⎭\uf8fc\uf8fd\uf8fe", "}"),
    **dict.fromkeys("⎪\uf8f4", "⎪"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def look_up_symbol(char: str, font: str) -> tuple[str, AtomKind] | None:
    """A glyph's LaTeX and its role; None if unknown. ``char`` is what pdfium returns."""
    if char in _PIECES:
        return _look_up_plain(_PIECES[char])
    char = decode_math_char(char, font)
    if _is_styled_letter(char):
        return _look_up_styled_letter(char)
    if len(char) == 1 and char.isascii() and char.isupper() and (styled := _style_capital(char, font)):
        return styled, "ord"
    return _look_up_plain(char)


def _is_styled_letter(char: str) -> bool:
    return "\U0001d400" <= char <= "\U0001d7ff" or char in _LETTERLIKE


def _look_up_styled_letter(char: str) -> tuple[str, AtomKind] | None:
    """A letter of Unicode's mathematical alphabets; plain italic needs no style, since equations are italic."""
    known = _look_up_plain(unicodedata.normalize("NFKC", char))
    if known is None:
        return None
    name = unicodedata.name(char, "")
    style = next((style for word, style in _ALPHABETS if word in name), "")
    return (rf"\{style}{{{known[0]}}}" if style else known[0]), known[1]


def _style_capital(char: str, font: str) -> str:
    if _BLACKBOARD.search(font):
        return rf"\mathbb{{{char}}}"
    if _FRAKTUR.search(font):
        return rf"\mathfrak{{{char}}}"
    if _SCRIPT.search(font) or CM_SYMBOLS.search(font):
        return rf"\mathcal{{{char}}}"
    return ""


def _look_up_plain(char: str) -> tuple[str, AtomKind] | None:
    if char in _ACCENTS or char in _COMBINED:
        return _ACCENTS.get(char) or _COMBINED[char], "accent"
    tables: tuple[tuple[dict[str, str], AtomKind], ...] = (
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
    return _look_up_common(char)


def _look_up_common(char: str) -> tuple[str, AtomKind] | None:
    if char in _COMMON:
        return _COMMON[char]
    if unicodedata.category(char) == "Co":
        return None
    plain = unicodedata.normalize("NFKC", char)
    if plain != char and len(plain) == 1:
        return _look_up_plain(plain)
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[1] in _COMBINED:
        return rf"\{_COMBINED[parts[1]]}{{{parts[0]}}}", "ord"
    return (char, "ord") if char.isascii() and char.isalnum() else None
