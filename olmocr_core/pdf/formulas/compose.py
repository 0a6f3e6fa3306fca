"""Compose atoms into LaTeX: rows, sub- and superscripts, function names, matrices and cases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom, bounding_box, exclude_atoms, measure_main_size
from olmocr_core.pdf.formulas.matrices import build_matrices
from olmocr_core.pdf.formulas.names import FUNCTIONS, JOINING_WORDS, LIMIT_FUNCTIONS
from olmocr_core.pdf.formulas.vertical_structures import (
    MATH_AXIS,
    attach_accents,
    attach_limits,
    build_fractions_and_roots,
    join_delimiter_pieces,
    merge_integrals,
)

_SCRIPT_RATIO = 0.86
# Arrows and dots that TeX draws with several glyphs; the longest first.
_COMPOSITE_SYMBOLS = (
    (r"\cdot \cdot \cdot", r"\cdots"), (". . .", r"\ldots"), (r"|-> - \rightarrow", r"\longmapsto"),
    (r"|-> \rightarrow", r"\mapsto"), (r"\leftarrow \rightarrow", r"\longleftrightarrow"),
    (r"\Leftarrow \Rightarrow", r"\Longleftrightarrow"), (r"- \rightarrow", r"\longrightarrow"),
    (r"= \Rightarrow", r"\Longrightarrow"), (r"\leftarrow -", r"\longleftarrow"), (r"\Leftarrow =", r"\Longleftarrow"),
)  # fmt: skip
_MAX_ATOMS = 600


def compose_latex(atoms: Sequence[Atom], bars: Sequence[Box] = ()) -> str:
    """LaTeX of an equation's atoms (in page order) and the bars drawn among them; empty if there are too many."""
    if not atoms or len(atoms) > _MAX_ATOMS:
        return ""
    merged = attach_limits(
        merge_operator_names(attach_accents(merge_integrals(join_delimiter_pieces(list(atoms))))), bars, render_rows
    )
    merged = build_fractions_and_roots(merged, bars, render_rows)
    return render_rows(build_matrices(merged, render_rows))


def render_rows(atoms: Sequence[Atom]) -> str:
    """LaTeX of atoms whose fractions, limits and the like are built already: one row, or several."""
    rows = split_rows(atoms)
    if not rows:
        return ""
    texts = [text for text in (render_row(row) for row in rows) if text]
    if len(texts) < 2:
        return "".join(texts)
    return r"\begin{aligned} " + r" \\ ".join(texts) + r" \end{aligned}"


def merge_operator_names(atoms: list[Atom]) -> list[Atom]:
    """Merge touching upright letters into one name; names such as ``lim`` take limits."""
    merged: list[Atom] = []
    spelled: list[Atom] = []
    for atom in [*atoms, None]:
        if atom is not None and _is_upright_letter(atom) and (not spelled or _are_touching(spelled[-1], atom)):
            spelled.append(atom)
            continue
        if spelled:
            merged.append(_make_operator_name(spelled))
        spelled = []
        if atom is not None:
            (spelled if _is_upright_letter(atom) else merged).append(atom)
    return merged


def _is_upright_letter(atom: Atom) -> bool:
    return atom.upright and len(atom.tex) == 1 and atom.tex.isalpha()


def _are_touching(one: Atom, other: Atom) -> bool:
    return abs(one.base - other.base) < 0.05 * one.size and -0.3 < (other.box.x0 - one.box.x1) / one.size < 0.2


def _make_operator_name(letters: Sequence[Atom]) -> Atom:
    word = "".join(atom.tex for atom in letters)
    if word in JOINING_WORDS:
        first = letters[0]
        return Atom(rf"\text{{ {word} }}", "ord", bounding_box(letters), first.base, first.size)
    tex = "\\" + word if word in FUNCTIONS else rf"\operatorname{{{word}}}" if len(word) > 1 else rf"\mathrm{{{word}}}"
    first = letters[0]
    return Atom(tex, "ord", bounding_box(letters), first.base, first.size, limits=word in LIMIT_FUNCTIONS)


def split_rows(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Split atoms into rows by the baselines of the main type size; a small atom joins the row of the atom it follows."""
    if not atoms:
        return []
    size = measure_main_size(atoms)
    mains = [atom for atom in atoms if atom.size >= _SCRIPT_RATIO * size or atom.stretched]
    bases: list[list[float]] = []
    for base in sorted(_get_baseline(atom, size) for atom in mains):
        if bases and base - bases[-1][-1] < 0.55 * size:
            bases[-1].append(base)
        else:
            bases.append([base])
    middles = [median(group) for group in bases]
    rows: list[list[Atom]] = [[] for _ in middles]
    for atom in atoms:
        anchor = atom if atom.size >= _SCRIPT_RATIO * size or atom.stretched else _find_anchor(atom, mains)
        base = _get_baseline(anchor, size)
        rows[min(range(len(middles)), key=lambda row: abs(middles[row] - base))].append(atom)
    return [row for row in rows if row]


def _get_baseline(atom: Atom, size: float) -> float:
    return atom.middle + MATH_AXIS * size if atom.stretched else atom.base


def _find_anchor(atom: Atom, mains: Sequence[Atom]) -> Atom:
    """The atom that a small atom belongs to: close in height, and just before it."""
    return min(
        mains,
        key=lambda main: (
            abs(main.middle - atom.middle) + 0.3 * abs(atom.box.x0 - main.box.x1) + 2 * (main.box.x0 > atom.box.x1)
        ),
    )


def render_row(row: Sequence[Atom]) -> str:
    """LaTeX of the atoms on one baseline, with their scripts."""
    size = measure_main_size(row)
    ordered = sorted(row, key=lambda atom: atom.box.x0)
    mains = [atom for atom in ordered if atom.size >= _SCRIPT_RATIO * size and not atom.stretched]
    base = mains[0].base if mains else _get_baseline(ordered[0], size)
    parts: list[str] = []
    sized = _size_delimiters(ordered)
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
            _choose_script_side(ordered[at], raised, lowered, base, size).append(ordered[at])
            at += 1
        parts.append(_render_scripts(parts, raised, lowered))
    return _join_parts(parts)


def _is_script(atom: Atom, size: float, base: float) -> bool:
    if atom.stretched:
        return atom.size < _SCRIPT_RATIO * size and abs(atom.middle - base + MATH_AXIS * size) > 0.3 * size
    # The smallest type size has no smaller one for its own scripts.
    shifted = atom.kind == "ord" and "{" not in atom.tex and abs(atom.base - base) > 0.12 * size
    return atom.size < _SCRIPT_RATIO * size or shifted


def _size_delimiters(row: Sequence[Atom]) -> dict[int, str]:
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
        # Evaluation at a point: the line grows with the fraction before it.
        if line.stretched and line.tex == "|" and id(line) not in found and before.tex.startswith(r"\frac"):
            sized |= {id(before): r"\left. " + before.tex, id(line): r"\right|"}
    return sized


def _choose_script_side(atom: Atom, raised: list[Atom], lowered: list[Atom], base: float, size: float) -> list[Atom]:
    """The side of a script; a script of a script (smaller still), or a prime, goes with what it follows."""
    for group in (raised, lowered):
        if group and 0 <= atom.box.x0 - group[-1].box.x1 + 0.1 * size < 0.3 * size:
            main = measure_main_size(group)
            inner = atom.size < _SCRIPT_RATIO * main or atom.tex == r"\prime"
            if inner and abs(atom.base - group[-1].base) < 0.55 * main:
                return group
    return raised if atom.base < base - 0.06 * size else lowered


def _render_scripts(parts: list[str], raised: list[Atom], lowered: list[Atom]) -> str:
    primes = [atom for atom in raised if atom.tex == r"\prime"]
    others = exclude_atoms(raised, primes)
    text = "'" * len(primes)
    # A script needs a base.
    lead = "" if parts else "{}"
    if lowered:
        text += rf"_{{{_render_script(lowered)}}}"
    if others:
        text = (rf"^{{{text and (chr(92) + 'prime ') * len(primes)}{_render_script(others)}}}") + text.lstrip("'")
    return lead + text


def _render_script(atoms: Sequence[Atom]) -> str:
    r"""LaTeX of a script's row; there the dots of ``\ldots`` have no space between them."""
    return render_row(atoms).replace("...", r"\ldots ")


def _join_parts(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        if not text or part.startswith(("_", "^", "'")) or (part.isdigit() and text[-1:].isdigit() and len(part) == 1):
            text += part
        else:
            text += " " + part
    for pieces, whole in _COMPOSITE_SYMBOLS:
        text = text.replace(pieces, whole)
    return text


def compute_text_box(atoms: Sequence[Atom]) -> Box:
    """The box of an inline equation: its extent along the line, and the height of its main type size."""
    size = measure_main_size(atoms)
    mains = [atom for atom in atoms if atom.size >= _SCRIPT_RATIO * size and not atom.stretched] or list(atoms)
    base, whole = median(atom.base for atom in mains), bounding_box(atoms)
    return Box(whole.x0, base - 0.75 * size, whole.x1, base + 0.25 * size)
