"""Render the tree of an equation as LaTeX, once its rows are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from olmocr_core.ocr.formulas.recognise_rows import RecognisedSpan
from olmocr_core.ocr.formulas.signs import FUNCTION_NAMES, LATEX_SIGNS, NON_LATEX_NAMES, SUBSCRIPTS, SUPERSCRIPTS
from olmocr_core.ocr.formulas.tree import Fraction, Node, Root, Sign, SymbolRow

_OPEN, _CLOSE = "([{", ")]}"
_TOKEN = re.compile(
    rf"(?P<name>{'|'.join(FUNCTION_NAMES)})|(?P<number>\d+(?:\.\d+)?)|(?P<letter>[A-Za-z])|(?P<sign>\S)|\s+"
)
_LOG = re.compile(r"[1lI][o0]g(?![a-z]{2})")
_TWICE = re.compile(r"([_^])\{([^{}]*)\}\s*\1\{([^{}]*)\}")
_STOPS = " .,;"
_PLAIN_SIGNS = frozenset("-+=<>/()[]|!,;:.'")


def render_nodes(nodes: Sequence[Node], read: Mapping[int, list[RecognisedSpan]]) -> str | None:
    """LaTeX of a row of nodes; ``read`` has the spans of each symbol row by id. None for an unknown sign."""
    parts: list[str] = []
    matched = _pair_delimiters(nodes)
    for at, node in enumerate(nodes):
        latex = _render_node(node, read, matched.get(at, ""))
        if latex is None:
            return None
        parts.append(latex)
    joined = re.sub(r"\s+(?=[_^'])", "", " ".join(part for part in parts if part))
    return re.sub(r"(?:\. )?\\(therefore|because)(?: \.)?", r"\\\1", joined)


def _render_node(node: Node, read: Mapping[int, list[RecognisedSpan]], growing: str) -> str | None:
    if isinstance(node, Sign):
        return growing + LATEX_SIGNS.get(node.text, node.text)
    if isinstance(node, Fraction):
        over, under = render_nodes(node.over, read), render_nodes(node.under, read)
        return rf"\frac{{{over.rstrip(_STOPS)}}}{{{under.rstrip(_STOPS)}}}" if over and under else None
    if isinstance(node, Root):
        inside = render_nodes(node.inside, read)
        return rf"\sqrt{{{inside.rstrip(_STOPS)}}}" if inside else None
    return _render_symbol_row(node, read)


def _render_symbol_row(symbol_row: SymbolRow, read: Mapping[int, list[RecognisedSpan]]) -> str | None:
    parts: list[str] = []
    for piece in read[id(symbol_row)]:
        latex = render_row_text(piece.text, script=piece.level != 0)
        if latex is None:
            return None
        if piece.level and not latex.strip(" .,"):
            continue
        if piece.level:
            latex = f"{'^' if piece.level > 0 else '_'}{{{latex}}}" if latex.strip("'") else latex
        parts.append(latex)
    joined = " ".join(part for part in parts if part)
    # Neighbours of one level form one script; LaTeX does not allow two.
    return _TWICE.sub(r"\1{\2 \3}", joined)


def render_row_text(text: str, *, script: bool = False) -> str | None:
    """LaTeX of characters in a row; None if one of them has no meaning in an equation."""
    parts: list[str] = []
    folded = _normalise_text(text, script=script)
    for found in _TOKEN.finditer(folded):
        if name := found["name"]:
            parts.append(NON_LATEX_NAMES.get(name, f"\\{name}"))
        elif found["number"] or found["letter"]:
            parts.append(found.group())
        elif sign := found["sign"]:
            known = _render_script_digit(sign) or LATEX_SIGNS.get(sign, sign if sign in _PLAIN_SIGNS else None)
            if known is None:
                return None
            parts.append(known)
    joined = " ".join(parts)
    joined = re.sub(r"\} \^\{(?!\\circ)", "", joined)
    return re.sub(r"\s+(?=[_^'])", "", joined)


def _normalise_text(text: str, *, script: bool) -> str:
    """Correct ``log``; in a script, replace super- and subscript digits by plain ones."""
    text = _LOG.sub("log", text)
    return "".join(SUPERSCRIPTS.get(char) or SUBSCRIPTS.get(char) or char for char in text) if script else text


def _render_script_digit(sign: str) -> str | None:
    if sign in SUPERSCRIPTS:
        return f"^{{{SUPERSCRIPTS[sign]}}}"
    return f"_{{{SUBSCRIPTS[sign]}}}" if sign in SUBSCRIPTS else None


def _pair_delimiters(nodes: Sequence[Node]) -> dict[int, str]:
    """The command that stretches each tall delimiter, by place in a row, if it has a partner."""
    waiting: list[int] = []
    found: dict[int, str] = {}
    for at, node in enumerate(nodes):
        if not isinstance(node, Sign) or not node.tall:
            continue
        if node.text in _OPEN:
            waiting.append(at)
        elif node.text in _CLOSE and waiting:
            found[waiting.pop()], found[at] = r"\left", r"\right"
    return found
