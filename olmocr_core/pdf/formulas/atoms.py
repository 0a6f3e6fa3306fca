"""The pieces of an equation while it is put together: glyphs first, then fractions, roots and sums as one piece each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from olmocr_core.domain.geometry import Box, enclosing
from olmocr_core.pdf.formulas.symbols import AtomKind


@dataclass(frozen=True, eq=False)
class Atom:
    """LaTeX with its ink's box, baseline and type size as seen, in points, y downwards.

    ``limits`` says that what stands under and over it belongs to it; ``stretched`` that it is a delimiter of several
    heights, or made of others: its baseline is then that of its middle.
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
        """The height of its middle."""
        return (self.box.y0 + self.box.y1) / 2

    def with_tex(self, tex: str) -> Atom:
        """The same place with other words."""
        return replace(self, tex=tex)


def bounding_box(atoms: Iterable[Atom]) -> Box:
    """The smallest box around one or more atoms."""
    return enclosing(atom.box for atom in atoms)


def measure_main_size(atoms: Sequence[Atom]) -> float:
    """The largest type size of what is no stretched delimiter."""
    return max((atom.size for atom in atoms if not atom.stretched), default=max(atom.size for atom in atoms))


def exclude_atoms(atoms: Sequence[Atom], taken: Iterable[Atom]) -> list[Atom]:
    """Those that are not taken, in their order."""
    gone = set(map(id, taken))
    return [atom for atom in atoms if id(atom) not in gone]
