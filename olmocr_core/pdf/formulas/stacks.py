"""What stands over and under something: fractions, roots, overlines, the limits of sums, accents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from olmocr_core.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom, around, main_size, without

# Half an em above the baseline's quarter is where TeX's fraction bars run.
AXIS = 0.25
_NEGATED = {"=": r"\neq", r"\in": r"\notin"}
Render = Callable[[Sequence[Atom]], str]


def fold_bars(atoms: list[Atom], bars: Sequence[Box], render: Render) -> list[Atom]:
    """Take what stands over and under each drawn bar into one atom, the shortest bars first."""
    for bar in sorted(bars, key=lambda bar: bar.width):
        atoms = _fold_bar(atoms, bar, render)
    return atoms


def _fold_bar(atoms: list[Atom], bar: Box, render: Render) -> list[Atom]:
    root = next((atom for atom in atoms if atom.kind == "radical" and _is_root(atom, bar)), None)
    within = [atom for atom in atoms if bar.x0 - 1 <= atom.box.center[0] <= bar.x1 + 1 and atom is not root]
    above = _chain([atom for atom in within if atom.middle < bar.y0], bar, up=True)
    below = _chain([atom for atom in within if atom.middle > bar.y1], bar, up=False)
    if root is not None:
        inside = [atom for atom in below if atom.middle <= root.box.y1 + 1]
        if not inside:
            return atoms
        return _replace(atoms, [root, *inside], rf"\sqrt{{{render(inside)}}}", main_size(inside), inside[0].base)
    if above and below:
        size = _row_size(atoms, [*above, *below], bar)
        tex = rf"\frac{{{render(above)}}}{{{render(below)}}}"
        return _replace(atoms, [*above, *below], tex, size, (bar.y0 + bar.y1) / 2 + AXIS * size, bar)
    if below and bar.y0 > min(atom.box.y0 for atom in below) - 0.5 * main_size(below):
        return _replace(atoms, below, rf"\overline{{{render(below)}}}", main_size(below), below[0].base)
    return atoms


def _row_size(atoms: Sequence[Atom], taken: Sequence[Atom], bar: Box) -> float:
    """The type size of the row whose middle a bar is on: that of a text's fraction is larger than its own."""
    own, rest = main_size(taken), without(atoms, taken)
    beside = [a.size for a in rest if not a.stretched and abs(a.base - AXIS * a.size - bar.center[1]) < 0.12 * a.size]
    return max([own, *(size for size in beside if size > own)])


def _is_root(atom: Atom, bar: Box) -> bool:
    return abs(bar.x0 - atom.box.x1) < 0.25 * atom.size and abs(bar.y0 - atom.box.y0) < 0.3 * atom.size


def _chain(atoms: list[Atom], bar: Box, *, up: bool) -> list[Atom]:
    """Those that hang together with the bar: no row's height of white between them."""
    edge, taken = (bar.y0 if up else bar.y1), []
    for atom in sorted(atoms, key=lambda atom: -atom.box.y1 if up else atom.box.y0):
        white = edge - atom.box.y1 if up else atom.box.y0 - edge
        if white > 0.55 * atom.size:
            break
        taken.append(atom)
        edge = min(edge, atom.box.y0) if up else max(edge, atom.box.y1)
    return [atom for atom in atoms if atom in taken]


def _replace(
    atoms: list[Atom], taken: Sequence[Atom], tex: str, size: float, base: float, bar: Box | None = None
) -> list[Atom]:
    """The first of the taken ones' place goes to what they make up together."""
    box = around(taken) if bar is None else around(taken).union(bar)
    whole = Atom(tex, "ord", box, base, size)
    at = min(atoms.index(atom) for atom in taken)
    rest = without(atoms, taken)
    return [*rest[:at], whole, *rest[at:]]


def fold_limits(atoms: list[Atom], render: Render) -> list[Atom]:
    """Give sums, products, limits what stands under and over them in smaller type."""
    for op in [atom for atom in atoms if atom.limits]:
        # A small sum may have gone into the limits of a large one.
        if op not in atoms:
            continue
        small = [atom for atom in atoms if atom.size < 0.85 * op.size and _nearest(atom, atoms) is op]
        below = _hanging(op, [a for a in small if 0 < a.middle - op.box.y1 < 1.3 * op.size])
        above = _hanging(op, [a for a in small if 0 < op.box.y0 - a.middle < 1.3 * op.size])
        if not (below or above):
            continue
        tex = op.tex + (rf"_{{{render(below)}}}" if below else "") + (rf"^{{{render(above)}}}" if above else "")
        base = op.middle + AXIS * op.size if op.stretched else op.base
        whole = Atom(tex, "ord", around([op, *below, *above]), base, op.size)
        at = atoms.index(op)
        atoms = [*atoms[:at], whole, *atoms[at + 1 :]]
        atoms = without(atoms, [*below, *above])
    return atoms


def _nearest(small: Atom, atoms: Sequence[Atom]) -> Atom:
    """The operator in whose column a small atom stands."""
    return min((a for a in atoms if a.limits), key=lambda op: abs(op.box.center[0] - small.box.center[0]))


def _hanging(op: Atom, small: list[Atom]) -> list[Atom]:
    """The run of small atoms without wide gaps that reaches over the middle of the operator."""
    small.sort(key=lambda atom: atom.box.x0)
    runs: list[list[Atom]] = []
    for atom in small:
        level = runs and abs(atom.middle - runs[-1][-1].middle) < 0.9 * atom.size
        if level and atom.box.x0 - max(a.box.x1 for a in runs[-1]) < 0.45 * op.size:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    middle = op.box.center[0]
    for run in runs:
        box = around(run)
        if box.x0 <= middle <= box.x1 or abs(box.center[0] - middle) < 0.4 * op.size:
            return run
    return []


def fold_pieces(atoms: list[Atom]) -> list[Atom]:
    """Tall delimiters are drawn in pieces one below the other: make each of them one; strike through what is negated."""
    folded: list[Atom] = []
    for atom in atoms:
        above = next((a for a in folded if a.stretched and atom.stretched and _is_piece(a, atom)), None)
        if above is None:
            folded.append(atom)
            continue
        whole = above if above.tex else atom
        joined = replace(whole, box=above.box.union(atom.box))
        folded[folded.index(above)] = joined
    return _negate(folded)


def _is_piece(one: Atom, other: Atom) -> bool:
    alike = one.tex == other.tex or not (one.tex and other.tex)
    white = max(one.box.y0, other.box.y0) - min(one.box.y1, other.box.y1)
    return alike and abs(one.box.center[0] - other.box.center[0]) < 0.3 * one.size and white < 0.5 * one.size


def _negate(atoms: list[Atom]) -> list[Atom]:
    for stroke in [atom for atom in atoms if atom.tex == r"\not"]:
        x = stroke.box.center[0]
        struck = next(
            (a for a in atoms if a is not stroke and a.box.x0 - 1 <= x <= a.box.x1 + 1 and _level(a, stroke)), None
        )
        if struck is not None:
            negated = replace(struck, tex=_NEGATED.get(struck.tex, rf"\not {struck.tex}"))
            atoms = [negated if atom is struck else atom for atom in atoms if atom is not stroke]
    return atoms


def _level(one: Atom, other: Atom) -> bool:
    return abs(one.base - other.base) < 0.3 * one.size


def fold_accents(atoms: list[Atom]) -> list[Atom]:
    """Put accents on the letter, or the run of letters, that they stand over."""
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
            atoms = without(atoms, [accent])
            continue
        letter = min(under, key=lambda atom: abs(atom.box.center[0] - middle))
        name = wide.get(accent.tex, accent.tex) if accent.stretched else accent.tex
        at = atoms.index(letter)
        atoms = [*atoms[:at], letter.saying(rf"\{name}{{{letter.tex}}}"), *atoms[at + 1 :]]
        atoms = without(atoms, [accent])
    return atoms
