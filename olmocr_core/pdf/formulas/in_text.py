"""Put equations in place of their words: each becomes one word of LaTeX, with the punctuation that touches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from olmocr_core.domain.geometry import EQUATION, Box, Word
from olmocr_core.pdf.formulas.find import Formula

CharRange = tuple[int, int]


def split_ranges(
    ranges: Iterable[CharRange], formulas: Sequence[Formula]
) -> tuple[list[CharRange], dict[int, list[CharRange]]]:
    """Split word ranges into those without an equation's characters and, by equation, those that touch it.

    A bracket, a comma or ``-th`` may touch an equation.
    """
    owner = {member: at for at, formula in enumerate(formulas) for member in formula.members}
    free: list[CharRange] = []
    touching: dict[int, list[CharRange]] = {}
    for start, stop in ranges:
        pieces = list(_split_by_owner(start, stop, owner))
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


def drop_incomplete_formulas(
    formulas: Sequence[Formula], ranges: Sequence[CharRange], codes: Sequence[int]
) -> tuple[Formula, ...]:
    """Drop displayed equations that letters touch: those letters are a part that was not recognised."""
    _, touching = split_ranges(ranges, formulas)
    broken = {
        at
        for at, pieces in touching.items()
        if formulas[at].display and any(chr(code).isalpha() for start, stop in pieces for code in codes[start:stop])
    }
    return tuple(formula for at, formula in enumerate(formulas) if at not in broken)


def _split_by_owner(start: int, stop: int, owner: dict[int, int]) -> Iterator[tuple[CharRange, int | None]]:
    at = start
    while at < stop:
        who, first = owner.get(at), at
        while at < stop and owner.get(at) == who:
            at += 1
        yield (first, at), who


def make_formula_words(
    formulas: Sequence[Formula],
    touching: dict[int, list[CharRange]],
    read: Callable[[CharRange], tuple[str, Box] | None],
) -> Iterator[Word]:
    """Yield one word per equation; ``read`` returns the text and the box of a range."""
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
