"""Atoms to LaTeX: rows, the scripts that hang on them, names of functions, matrices and cases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom, around, main_size, without
from olmocr_core.pdf.formulas.matrices import fold_grids
from olmocr_core.pdf.formulas.names import FUNCTIONS, JOINING_WORDS, LIMITED
from olmocr_core.pdf.formulas.vertical_structures import (
    AXIS,
    fold_accents,
    fold_bars,
    fold_integrals,
    fold_limits,
    fold_pieces,
)

_SMALLER = 0.86
# Arrows and dots that TeX draws with several glyphs; the longest first.
_DRAWN_IN_PIECES = (
    (r"\cdot \cdot \cdot", r"\cdots"), (". . .", r"\ldots"), (r"|-> - \rightarrow", r"\longmapsto"),
    (r"|-> \rightarrow", r"\mapsto"), (r"\leftarrow \rightarrow", r"\longleftrightarrow"),
    (r"\Leftarrow \Rightarrow", r"\Longleftrightarrow"), (r"- \rightarrow", r"\longrightarrow"),
    (r"= \Rightarrow", r"\Longrightarrow"), (r"\leftarrow -", r"\longleftarrow"), (r"\Leftarrow =", r"\Longleftarrow"),
)  # fmt: skip
_MAX_ATOMS = 600


def compose(atoms: Sequence[Atom], bars: Sequence[Box] = ()) -> str:
    """LaTeX of an equation's atoms (in the order of the page) and the bars drawn among them; empty where it is too long."""
    if not atoms or len(atoms) > _MAX_ATOMS:
        return ""
    folded = fold_limits(fold_names(fold_accents(fold_integrals(fold_pieces(list(atoms))))), bars, render)
    folded = fold_bars(folded, bars, render)
    return render(fold_grids(folded, render))


def render(atoms: Sequence[Atom]) -> str:
    """Atoms that are folded already: one row, or several."""
    rows = split_rows(atoms)
    if not rows:
        return ""
    texts = [text for text in (render_row(row) for row in rows) if text]
    if len(texts) < 2:
        return "".join(texts)
    return r"\begin{aligned} " + r" \\ ".join(texts) + r" \end{aligned}"


def fold_names(atoms: list[Atom]) -> list[Atom]:
    """Take upright letters that touch for one name; those of limits get what stands under them."""
    folded: list[Atom] = []
    spelled: list[Atom] = []
    for atom in [*atoms, None]:
        if atom is not None and _is_spelled(atom) and (not spelled or _touches(spelled[-1], atom)):
            spelled.append(atom)
            continue
        if spelled:
            folded.append(_name(spelled))
        spelled = []
        if atom is not None:
            (spelled if _is_spelled(atom) else folded).append(atom)
    return folded


def _is_spelled(atom: Atom) -> bool:
    return atom.upright and len(atom.tex) == 1 and atom.tex.isalpha()


def _touches(one: Atom, other: Atom) -> bool:
    return abs(one.base - other.base) < 0.05 * one.size and -0.3 < (other.box.x0 - one.box.x1) / one.size < 0.2


def _name(letters: Sequence[Atom]) -> Atom:
    word = "".join(atom.tex for atom in letters)
    if word in JOINING_WORDS:
        first = letters[0]
        return Atom(rf"\text{{ {word} }}", "ord", around(letters), first.base, first.size)
    tex = "\\" + word if word in FUNCTIONS else rf"\operatorname{{{word}}}" if len(word) > 1 else rf"\mathrm{{{word}}}"
    first = letters[0]
    return Atom(tex, "ord", around(letters), first.base, first.size, limits=word in LIMITED)


def split_rows(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """The rows by the baselines of what is in the main size, each small atom with the one that it follows."""
    if not atoms:
        return []
    size = main_size(atoms)
    mains = [atom for atom in atoms if atom.size >= _SMALLER * size or atom.stretched]
    bases: list[list[float]] = []
    for base in sorted(_base(atom, size) for atom in mains):
        if bases and base - bases[-1][-1] < 0.55 * size:
            bases[-1].append(base)
        else:
            bases.append([base])
    middles = [median(group) for group in bases]
    rows: list[list[Atom]] = [[] for _ in middles]
    for atom in atoms:
        anchor = atom if atom.size >= _SMALLER * size or atom.stretched else _anchor(atom, mains)
        base = _base(anchor, size)
        rows[min(range(len(middles)), key=lambda row: abs(middles[row] - base))].append(atom)
    return [row for row in rows if row]


def _base(atom: Atom, size: float) -> float:
    return atom.middle + AXIS * size if atom.stretched else atom.base


def _anchor(atom: Atom, mains: Sequence[Atom]) -> Atom:
    """What a small atom hangs on: near in height, and just before it."""
    return min(
        mains,
        key=lambda main: (
            abs(main.middle - atom.middle) + 0.3 * abs(atom.box.x0 - main.box.x1) + 2 * (main.box.x0 > atom.box.x1)
        ),
    )


def render_row(row: Sequence[Atom]) -> str:
    """Atoms on one baseline with their scripts."""
    size = main_size(row)
    ordered = sorted(row, key=lambda atom: atom.box.x0)
    mains = [atom for atom in ordered if atom.size >= _SMALLER * size and not atom.stretched]
    base = mains[0].base if mains else _base(ordered[0], size)
    parts: list[str] = []
    sized = _sized(ordered)
    at = 0
    while at < len(ordered):
        atom = ordered[at]
        if not _is_script(atom, size, base):
            parts.append(sized.get(id(atom), atom.tex))
            at += 1
            continue
        raised: list[Atom] = []
        lowered: list[Atom] = []
        while at < len(ordered) and _is_script(ordered[at], size, base):
            _side(ordered[at], raised, lowered, base, size).append(ordered[at])
            at += 1
        parts.append(_scripts(parts, raised, lowered))
    return _joined(parts)


def _is_script(atom: Atom, size: float, base: float) -> bool:
    if atom.stretched:
        return atom.size < _SMALLER * size and abs(atom.middle - base + AXIS * size) > 0.3 * size
    # The smallest type has no smaller one for its own scripts.
    shifted = atom.kind == "ord" and "{" not in atom.tex and abs(atom.base - base) > 0.12 * size
    return atom.size < _SMALLER * size or shifted


def _sized(row: Sequence[Atom]) -> dict[int, str]:
    """Tall delimiters that pair up within a row, with the commands that let them grow."""
    found: dict[int, str] = {}
    waiting: list[Atom] = []
    for atom in (atom for atom in row if atom.stretched):
        bar = atom.tex in ("|", r"\|")
        closes = atom.kind == "close" or (bar and any(a.tex == atom.tex for a in waiting))
        if closes and waiting:
            found[id(waiting.pop())] = r"\left"
            found[id(atom)] = r"\right"
        elif atom.kind == "open" or bar:
            waiting.append(atom)
    sized = {id(atom): found[id(atom)] + atom.tex for atom in row if id(atom) in found}
    for before, line in pairwise(row):
        # A value at a place: the line grows with the fraction before it.
        if line.stretched and line.tex == "|" and id(line) not in found and before.tex.startswith(r"\frac"):
            sized |= {id(before): r"\left. " + before.tex, id(line): r"\right|"}
    return sized


def _side(atom: Atom, raised: list[Atom], lowered: list[Atom], base: float, size: float) -> list[Atom]:
    """Where a script goes; one of a script, in smaller type yet, or a prime goes with what it follows."""
    for group in (raised, lowered):
        if group and 0 <= atom.box.x0 - group[-1].box.x1 + 0.1 * size < 0.3 * size:
            main = main_size(group)
            inner = atom.size < _SMALLER * main or atom.tex == r"\prime"
            if inner and abs(atom.base - group[-1].base) < 0.55 * main:
                return group
    return raised if atom.base < base - 0.06 * size else lowered


def _scripts(parts: list[str], raised: list[Atom], lowered: list[Atom]) -> str:
    primes = [atom for atom in raised if atom.tex == r"\prime"]
    others = without(raised, primes)
    text = "'" * len(primes)
    # A script needs something to hang on.
    lead = "" if parts else "{}"
    if lowered:
        text += rf"_{{{_script(lowered)}}}"
    if others:
        text = (rf"^{{{text and (chr(92) + 'prime ') * len(primes)}{_script(others)}}}") + text.lstrip("'")
    return lead + text


def _script(atoms: Sequence[Atom]) -> str:
    r"""A script's row; the dots of ``\ldots`` have no white between them there."""
    return render_row(atoms).replace("...", r"\ldots ")


def _joined(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        if not text or part.startswith(("_", "^", "'")) or (part.isdigit() and text[-1:].isdigit() and len(part) == 1):
            text += part
        else:
            text += " " + part
    for pieces, whole in _DRAWN_IN_PIECES:
        text = text.replace(pieces, whole)
    return text


def text_box(atoms: Sequence[Atom]) -> Box:
    """Where an inline equation stands: its extent along the line, the height of its main type."""
    size = main_size(atoms)
    mains = [atom for atom in atoms if atom.size >= _SMALLER * size and not atom.stretched] or list(atoms)
    base, whole = median(atom.base for atom in mains), around(atoms)
    return Box(whole.x0, base - 0.75 * size, whole.x1, base + 0.25 * size)
