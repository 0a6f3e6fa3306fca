"""Equations in place of the words that they were: LaTeX as one word each, with the punctuation that touches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from olmocr_core.domain.geometry import EQUATION, Box, Word
from olmocr_core.pdf.formulas.find import Formula

Range = tuple[int, int]


def part_ranges(ranges: Iterable[Range], formulas: Sequence[Formula]) -> tuple[list[Range], dict[int, list[Range]]]:
    """Word ranges without an equation's characters, and by equation what touched it: a bracket, a comma, ``-th``."""
    owner = {member: at for at, formula in enumerate(formulas) for member in formula.members}
    free: list[Range] = []
    touching: dict[int, list[Range]] = {}
    for start, stop in ranges:
        pieces = list(_pieces(start, stop, owner))
        owners = [who for _, who in pieces]
        for at, (piece, who) in enumerate(pieces):
            if who is not None:
                continue
            after = owners[at + 1] if at + 1 < len(owners) else None
            neighbour = owners[at - 1] if at else after
            if neighbour is None:
                free.append(piece)
            else:
                touching.setdefault(neighbour, []).append(piece)
    return free, touching


def whole_formulas(formulas: Sequence[Formula], ranges: Sequence[Range], codes: Sequence[int]) -> tuple[Formula, ...]:
    """Those that are read to their end: letters that touch a displayed equation are a part of it that was not understood."""
    _, touching = part_ranges(ranges, formulas)
    broken = {
        at
        for at, pieces in touching.items()
        if formulas[at].display and any(chr(code).isalpha() for start, stop in pieces for code in codes[start:stop])
    }
    return tuple(formula for at, formula in enumerate(formulas) if at not in broken)


def _pieces(start: int, stop: int, owner: dict[int, int]) -> Iterator[tuple[Range, int | None]]:
    at = start
    while at < stop:
        who, first = owner.get(at), at
        while at < stop and owner.get(at) == who:
            at += 1
        yield (first, at), who


def formula_words(
    formulas: Sequence[Formula], touching: dict[int, list[Range]], read: Callable[[Range], tuple[str, Box] | None]
) -> Iterator[Word]:
    """A word an equation; ``read`` gives the text and the place of a range."""
    for at, formula in enumerate(formulas):
        before, after, box = "", "", formula.box
        for piece in touching.get(at, ()):
            known = read(piece)
            if known is None:
                continue
            leads = piece[0] < min(formula.members)
            before, after = (before + known[0], after) if leads else (before, after + known[0])
            box = Box(min(box.x0, known[1].x0), box.y0, max(box.x1, known[1].x1), box.y1)
        if formula.display:
            text = (
                f"\\[{before}{formula.latex}{after}\\]"
                if not before.strip()
                else f"{before} \\[{formula.latex}{after}\\]"
            )
        else:
            text = f"{before}\\({formula.latex}\\){after}"
        yield Word(text, box, formula.size, font=EQUATION)
