"""Vertical structures of equations: fractions, roots, overlines, limits of sums, accents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom, bounding_box, exclude_atoms, measure_main_size

# TeX draws fraction bars on the math axis, a quarter of the type size above the baseline.
MATH_AXIS = 0.25
_NEXT_INTEGRAL = {r"\int": r"\iint", r"\iint": r"\iiint"}
_SCRIPT_RATIO = 0.86
# Gaps between the signs of one limit are smaller than between limits of two operators; in type sizes.
_LIMIT_GAP = 0.19
_NEGATED = {"=": r"\neq", r"\in": r"\notin"}
RenderRows = Callable[[Sequence[Atom]], str]


def build_fractions_and_roots(atoms: list[Atom], bars: Sequence[Box], render: RenderRows) -> list[Atom]:
    """Merge what stands over and under each drawn bar into one atom, the shortest bars first."""
    for bar in sorted(bars, key=lambda bar: bar.width):
        atoms = _build_at_bar(atoms, bar, render)
    return atoms


def _build_at_bar(atoms: list[Atom], bar: Box, render: RenderRows) -> list[Atom]:
    root = next((atom for atom in atoms if atom.kind == "radical" and _is_root_of_bar(atom, bar)), None)
    within = [atom for atom in atoms if bar.x0 - 1 <= atom.box.center[0] <= bar.x1 + 1 and atom is not root]
    above = _collect_adjacent_row([atom for atom in within if atom.middle < bar.y0], bar, up=True)
    below = _collect_adjacent_row([atom for atom in within if atom.middle > bar.y1], bar, up=False)
    if root is not None:
        inside = [atom for atom in below if atom.middle <= root.box.y1 + 1]
        if not inside:
            return atoms
        return _replace_atoms(
            atoms, [root, *inside], rf"\sqrt{{{render(inside)}}}", measure_main_size(inside), inside[0].base
        )
    if above and below:
        size = _measure_row_size(atoms, [*above, *below], bar)
        tex = rf"\frac{{{render(above)}}}{{{render(below)}}}"
        return _replace_atoms(atoms, [*above, *below], tex, size, (bar.y0 + bar.y1) / 2 + MATH_AXIS * size, bar)
    if below and bar.y0 > min(atom.box.y0 for atom in below) - 0.5 * measure_main_size(below):
        return _replace_atoms(atoms, below, rf"\overline{{{render(below)}}}", measure_main_size(below), below[0].base)
    return atoms


def _measure_row_size(atoms: Sequence[Atom], taken: Sequence[Atom], bar: Box) -> float:
    """The type size of the row whose axis a bar is on: a fraction in text has smaller type than its row."""
    own, rest = measure_main_size(taken), exclude_atoms(atoms, taken)
    beside = [
        a.size for a in rest if not a.stretched and abs(a.base - MATH_AXIS * a.size - bar.center[1]) < 0.12 * a.size
    ]
    return max([own, *(size for size in beside if size > own)])


def _is_root_of_bar(atom: Atom, bar: Box) -> bool:
    return abs(bar.x0 - atom.box.x1) < 0.25 * atom.size and abs(bar.y0 - atom.box.y0) < 0.3 * atom.size


def _collect_adjacent_row(atoms: list[Atom], bar: Box, *, up: bool) -> list[Atom]:
    """The row next to the bar, with everything that reaches into it: scripts, and its own fractions and sums."""
    taken: list[Atom] = []
    low = high = bar.y0 if up else bar.y1
    for atom in sorted(atoms, key=lambda atom: -atom.box.y1 if up else atom.box.y0):
        white = low - atom.box.y1 if up else atom.box.y0 - high
        shared = min(high, atom.box.y1) - max(low, atom.box.y0)
        if white > 0.55 * atom.size or (taken and _is_in_next_row(atom, shared, high - low, measure_main_size(taken))):
            break
        taken.append(atom)
        low, high = min(low, atom.box.y0), max(high, atom.box.y1)
    return [atom for atom in atoms if atom in taken]


def _is_in_next_row(atom: Atom, shared: float, height: float, size: float) -> bool:
    """Whether an atom belongs to the next row.

    ``shared`` is how much of the height of the row so far it shares; ``size`` is that row's type size.
    """
    if atom.size * _SCRIPT_RATIO > size:
        # So far the row holds scripts only.
        return shared < -0.05 * atom.size
    return atom.size >= _SCRIPT_RATIO * size and shared < 0.25 * min(atom.box.height, height)


def _replace_atoms(
    atoms: list[Atom], taken: Sequence[Atom], tex: str, size: float, base: float, bar: Box | None = None
) -> list[Atom]:
    """Replace the taken atoms by one merged atom at the place of the first."""
    box = bounding_box(taken) if bar is None else bounding_box(taken).union(bar)
    whole = Atom(tex, "ord", box, base, size)
    at = min(atoms.index(atom) for atom in taken)
    rest = exclude_atoms(atoms, taken)
    return [*rest[:at], whole, *rest[at:]]


def attach_limits(atoms: list[Atom], bars: Sequence[Box], render: RenderRows) -> list[Atom]:
    """Attach to sums, products and limits what stands under and over them in smaller type."""
    if not atoms:
        # Nothing is left of a lone accent.
        return []
    size = measure_main_size(atoms)
    for op in [atom for atom in atoms if atom.limits or (atom.kind == "rel" and atom.size >= _SCRIPT_RATIO * size)]:
        # A small sum may have been merged into the limits of a large one.
        if op not in atoms:
            continue
        small = [atom for atom in atoms if atom.size < 0.85 * op.size and not _is_separated_by_bar(op, atom, bars)]
        below = _find_limit_atoms(op, [a for a in small if 0 < a.middle - op.box.y1 < 1.3 * op.size], atoms)
        above = _find_limit_atoms(op, [a for a in small if 0 < op.box.y0 - a.middle < 1.3 * op.size], atoms)
        if not (below or above):
            continue
        if op.kind == "rel":
            atoms = _stack_on_relation(op, below, above, atoms, render)
            continue
        name = op.tex.replace(r"\operatorname{", r"\operatorname*{")
        tex = name + (rf"_{{{render(below)}}}" if below else "") + (rf"^{{{render(above)}}}" if above else "")
        base = op.middle + MATH_AXIS * op.size if op.stretched else op.base
        whole = Atom(tex, "ord", bounding_box([op, *below, *above]), base, op.size)
        at = atoms.index(op)
        atoms = [*atoms[:at], whole, *atoms[at + 1 :]]
        atoms = exclude_atoms(atoms, [*below, *above])
    return atoms


def _stack_on_relation(
    op: Atom, below: Sequence[Atom], above: Sequence[Atom], atoms: Sequence[Atom], render: RenderRows
) -> list[Atom]:
    """Merge a relation with what stands directly under and over it."""
    tex = rf"\overset{{{render(above)}}}{{{op.tex}}}" if above else op.tex
    tex = rf"\underset{{{render(below)}}}{{{tex}}}" if below else tex
    whole = replace(op, tex=tex, box=bounding_box([op, *below, *above]))
    return exclude_atoms([whole if atom is op else atom for atom in atoms], [*below, *above])


def _is_separated_by_bar(op: Atom, small: Atom, bars: Sequence[Box]) -> bool:
    """Whether a fraction bar runs between an operator and what may be its limit."""
    low, high = sorted((op.middle, small.middle))
    x = small.box.center[0]
    return any(
        low < bar.center[1] < high and bar.x0 <= x <= bar.x1 and (bar.x1 > op.box.x1 + 2 or bar.x0 < op.box.x0 - 2)
        for bar in bars
    )


def _find_limit_atoms(op: Atom, small: list[Atom], atoms: Sequence[Atom]) -> list[Atom]:
    """The run of small atoms without gaps that is nearer to this operator's middle than to another's."""
    small.sort(key=lambda atom: atom.box.x0)
    runs: list[list[Atom]] = []
    for atom in small:
        level = runs and abs(atom.middle - bounding_box(runs[-1]).center[1]) < 0.9 * atom.size
        if level and atom.box.x0 - max(a.box.x1 for a in runs[-1]) < _LIMIT_GAP * op.size:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    near = [run for run in runs if _find_nearest_operator(bounding_box(run), atoms, op) is op]
    first = next((run for run in near if _is_centred_on(op, bounding_box(run))), None)
    if op.kind == "rel":
        return first or []
    if first is None:
        return []
    # Words in a limit have wider gaps than its signs.
    return [atom for run in near if run is first or _is_beside(run, first, op) for atom in run]


def _is_centred_on(op: Atom, box: Box) -> bool:
    middle = op.box.center[0]
    return box.x0 <= middle <= box.x1 or abs(box.center[0] - middle) < 0.4 * op.size


def _is_beside(run: list[Atom], first: list[Atom], op: Atom) -> bool:
    one, other = bounding_box(run), bounding_box(first)
    gap = max(one.x0 - other.x1, other.x0 - one.x1)
    whole = one.union(other)
    return gap < 0.45 * op.size and abs(whole.center[0] - op.box.center[0]) < 0.4 * op.size


def _find_nearest_operator(box: Box, atoms: Sequence[Atom], op: Atom) -> Atom:
    """The operator at the same height whose middle is nearest to a possible limit."""
    level = (a for a in atoms if (a.limits or a is op) and abs(a.middle - op.middle) < 0.6 * op.size)
    return min(level, key=lambda other: abs(other.box.center[0] - box.center[0]), default=op)


def join_delimiter_pieces(atoms: list[Atom]) -> list[Atom]:
    """Join the pieces of tall delimiters, which stand one below the other, and apply negating strokes."""
    merged: list[Atom] = []
    for atom in atoms:
        above = next((a for a in merged if a.stretched and atom.stretched and _is_same_delimiter(a, atom)), None)
        if above is None:
            merged.append(atom)
            continue
        whole = above if above.tex else atom
        joined = replace(whole, box=above.box.union(atom.box))
        merged[merged.index(above)] = joined
    return _apply_negations(merged)


def _is_same_delimiter(one: Atom, other: Atom) -> bool:
    alike = one.tex == other.tex or not (one.tex and other.tex)
    white = max(one.box.y0, other.box.y0) - min(one.box.y1, other.box.y1)
    return alike and abs(one.box.center[0] - other.box.center[0]) < 0.3 * one.size and white < 0.5 * one.size


def merge_integrals(atoms: list[Atom]) -> list[Atom]:
    """Merge two or three integral signs that stand closer than separate ones would."""
    merged: list[Atom] = []
    for atom in atoms:
        last = merged[-1] if merged else None
        if last is not None and atom.tex == r"\int" and last.tex in _NEXT_INTEGRAL and _is_next_integral(last, atom):
            merged[-1] = replace(last, tex=_NEXT_INTEGRAL[last.tex], box=last.box.union(atom.box))
        else:
            merged.append(atom)
    return merged


def _is_next_integral(one: Atom, other: Atom) -> bool:
    # Measured from where the last sign begins, whatever the number of signs before it.
    before = one.box.x1 - other.box.width
    return 0 < other.box.x0 - before < 0.85 * one.size and abs(one.middle - other.middle) < 0.2 * one.size


def _apply_negations(atoms: list[Atom]) -> list[Atom]:
    for stroke in [atom for atom in atoms if atom.tex == r"\not"]:
        x = stroke.box.center[0]
        struck = next(
            (a for a in atoms if a is not stroke and a.box.x0 - 1 <= x <= a.box.x1 + 1 and _is_level(a, stroke)), None
        )
        if struck is not None:
            negated = replace(struck, tex=_NEGATED.get(struck.tex, rf"\not {struck.tex}"))
            atoms = [negated if atom is struck else atom for atom in atoms if atom is not stroke]
    return atoms


def _is_level(one: Atom, other: Atom) -> bool:
    return abs(one.base - other.base) < 0.3 * one.size


def attach_accents(atoms: list[Atom]) -> list[Atom]:
    """Attach accents to the letter, or run of letters, that they stand over."""
    wide = {"hat": "widehat", "tilde": "widetilde"}
    for accent in [atom for atom in atoms if atom.kind == "accent"]:
        middle = accent.box.center[0]
        under = [
            atom
            for atom in atoms
            if atom.kind == "ord"
            and atom.box.x0 - 1 <= middle <= atom.box.x1 + 1
            and abs(atom.base - accent.base) < atom.size
        ]
        if not under:
            atoms = exclude_atoms(atoms, [accent])
            continue
        letter = min(under, key=lambda atom: abs(atom.box.center[0] - middle))
        name = wide.get(accent.tex, accent.tex) if accent.stretched else accent.tex
        at = atoms.index(letter)
        atoms = [*atoms[:at], letter.with_tex(rf"\{name}{{{letter.tex}}}"), *atoms[at + 1 :]]
        atoms = exclude_atoms(atoms, [accent])
    return atoms
