"""Convert a line that is a complete equation, without words, to LaTeX: signs and superscript digits are all OCR returns."""

from __future__ import annotations

import re

_RAISED = {char: str(digit) for digit, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"⁺": "+", "⁻": "-", "ⁿ": "n", "−": "-"}
_NAMES = ("sinh", "cosh", "tanh", "sin", "cos", "tan", "cot", "sec", "log", "ln", "exp", "lim", "max", "min")
_SIGNS = {"−": "-", "–": "-", "—": "-", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "±": r"\pm", "×": r"\times",
          "·": r"\cdot", "÷": r"\div", "∴": r"\therefore", "∞": r"\infty", "π": r"\pi", "α": r"\alpha", "β": r"\beta",
          "γ": r"\gamma", "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "φ": r"\varphi", "ω": r"\omega", "∂": r"\partial",
          "{": r"\{", "}": r"\}"}  # fmt: skip
_TOKEN = re.compile(
    rf"\s*(?:(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+)|(?P<name>(?:{'|'.join(_NAMES)})(?![A-Za-z]))|(?P<number>\d+(?:\.\d+)?)"
    rf"|(?P<letters>[A-Za-z]{{1,2}}(?![A-Za-z]))|(?P<sign>[-+=<>/()\[\]|!,;:'{re.escape(''.join(_SIGNS))}]))"
)
_RELATION = re.compile(r"[=<>≤≥]")
_END = re.compile(r"[.,;]\s*$")
_LONGEST = 200
_WORDS_OF_TWO = "am an as at be by do go he if in is it me my no of on or so to up us we"
_WORDS = frozenset(_WORDS_OF_TWO.split())


def convert_linear_equation(text: str) -> str | None:
    """LaTeX of a line with a relation, superscripts and nothing but terms; None for anything else."""
    bare = _END.sub("", text.strip())
    if len(bare) > _LONGEST or not _RELATION.search(bare) or not any(char in _RAISED for char in bare.replace("−", "")):
        return None
    parts: list[str] = []
    at = 0
    while at < len(bare):
        found = _TOKEN.match(bare, at)
        if found is None or (found["letters"] or "").lower() in _WORDS:
            return None
        parts.append(_render_token(found))
        at = found.end()
    return " ".join(parts).replace(" ^", "^") if _is_balanced(bare) and not parts[0].startswith("^") else None


def _render_token(found: re.Match[str]) -> str:
    if raised := found["raised"]:
        return f"^{{{''.join(_RAISED[char] for char in raised)}}}"
    if found["name"]:
        return f"\\{found['name']}"
    if found["sign"]:
        return _SIGNS.get(found["sign"], found["sign"])
    return " ".join(found["letters"]) if found["letters"] else found["number"]


def _is_balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            return False
    return depth == 0
