"""Cases and matrices: rows between tall delimiters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olmocr_core.pdf.formulas.atoms import Atom, bounding_box, exclude_atoms, measure_main_size

_MATRIX = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix", (r"\{", r"\}"): "Bmatrix"}
_CELL_GAP, _ROW_GAP = 0.9, 0.55


def build_matrices(atoms: list[Atom], render: Callable[[Sequence[Atom]], str]) -> list[Atom]:
    """Merge rows after a tall brace, or between two tall delimiters, into one atom."""
    for opening in [atom for atom in atoms if atom.kind == "open" and atom.stretched]:
        if opening not in atoms:
            continue
        closing = _find_closing(opening, atoms)
        right = closing.box.x0 if closing else float("inf")
        inner = [
            atom
            for atom in atoms
            if atom.box.x0 >= opening.box.x1 - 1 and atom.box.x1 <= right + 1 and atom is not closing and atom is not opening
            and opening.box.y0 - 2 <= atom.middle <= opening.box.y1 + 2
        ]  # fmt: skip
        rows = _split_rows(inner)
        if len(rows) < 2 or (closing is None and opening.tex != r"\{"):
            continue
        cells = [r" & ".join(render(cell) for cell in _split_cells(row)) for row in rows]
        name = "cases" if closing is None else _MATRIX.get((opening.tex, closing.tex), "matrix")
        taken = [opening, *inner, *([closing] if closing else [])]
        tex = rf"\begin{{{name}}} " + r" \\ ".join(cells) + rf" \end{{{name}}}"
        box, size = bounding_box(taken), measure_main_size(inner)
        whole = Atom(tex, "ord", box, (box.y0 + box.y1) / 2 + 0.25 * size, size, stretched=True)
        at = atoms.index(opening)
        atoms = [*atoms[:at], whole, *atoms[at + 1 :]]
        atoms = exclude_atoms(atoms, taken)
    return atoms


def _find_closing(opening: Atom, atoms: Sequence[Atom]) -> Atom | None:
    after = [a for a in atoms if a.kind == "close" and a.stretched and a.box.x0 > opening.box.x1]
    alike = [a for a in after if abs(a.middle - opening.middle) < 0.5 * a.size and _is_equally_tall(a, opening)]
    return min(alike, key=lambda atom: atom.box.x0, default=None)


def _is_equally_tall(one: Atom, other: Atom) -> bool:
    return abs(one.box.height - other.box.height) < 0.3 * other.box.height


def _split_rows(atoms: Sequence[Atom]) -> list[list[Atom]]:
    if not atoms:
        return []
    size = measure_main_size(atoms)
    mains = sorted((a for a in atoms if a.size >= 0.86 * size and not a.stretched), key=lambda atom: atom.base)
    bases: list[float] = []
    for atom in mains:
        if not bases or atom.base - bases[-1] > _ROW_GAP * size:
            bases.append(atom.base)
    if not bases:
        return []
    rows: list[list[Atom]] = [[] for _ in bases]
    for atom in atoms:
        base = atom.base if atom.size >= 0.86 * size else atom.middle + 0.2 * size
        rows[min(range(len(bases)), key=lambda row: abs(bases[row] - base))].append(atom)
    return rows


def _split_cells(row: Sequence[Atom]) -> list[list[Atom]]:
    ordered = sorted(row, key=lambda atom: atom.box.x0)
    size, cells, edge = measure_main_size(row), [[ordered[0]]], ordered[0].box.x1
    for atom in ordered[1:]:
        if atom.box.x0 - edge > _CELL_GAP * size:
            cells.append([])
        cells[-1].append(atom)
        edge = max(edge, atom.box.x1)
    return cells
