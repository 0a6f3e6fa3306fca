"""Atoms: the parts of an equation during composition. At first glyphs, later whole fractions, roots and sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from olmocr_core.domain.geometry import Box, enclose
from olmocr_core.pdf.formulas.symbols import AtomKind


@dataclass(frozen=True, eq=False)
class Atom:
    """A piece of LaTeX with the box of its ink, baseline and type size on the page, in points, y downwards.

    ``limits``: whatever stands under and over the atom belongs to it. ``stretched``: a delimiter several lines high, or
    one made of pieces; its baseline is then that of its middle.
    """

    tex: str
    kind: AtomKind
    box: Box
    base: float
    size: float
    limits: bool = False
    stretched: bool = False
    upright: bool = False

    @property
    def middle(self) -> float:
        """The y coordinate of the middle of its box."""
        return (self.box.y0 + self.box.y1) / 2

    def with_tex(self, tex: str) -> Atom:
        """A copy with other LaTeX."""
        return replace(self, tex=tex)


def bounding_box(atoms: Iterable[Atom]) -> Box:
    """The smallest box around one or more atoms."""
    return enclose(atom.box for atom in atoms)


def measure_main_size(atoms: Sequence[Atom]) -> float:
    """The largest type size among atoms that are not stretched delimiters."""
    return max((atom.size for atom in atoms if not atom.stretched), default=max(atom.size for atom in atoms))


def exclude_atoms(atoms: Sequence[Atom], taken: Iterable[Atom]) -> list[Atom]:
    """The atoms that are not in ``taken``, in order."""
    gone = set(map(id, taken))
    return [atom for atom in atoms if id(atom) not in gone]
