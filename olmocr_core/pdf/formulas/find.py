"""Find the equations of a page's text layer, trim them, and convert them to LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2 as pdfium

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.pdf.formulas.atoms import Atom, bounding_box, measure_main_size
from olmocr_core.pdf.formulas.compose import compose_latex, compute_text_box, split_rows
from olmocr_core.pdf.formulas.displays import join_displays
from olmocr_core.pdf.formulas.encodings import CM_LARGE
from olmocr_core.pdf.formulas.glyphs import Glyph, read_glyphs
from olmocr_core.pdf.formulas.runs import GlyphRun, find_glyph_runs, flag_prose
from olmocr_core.pdf.formulas.symbols import MATH_FONT
from olmocr_core.pdf.formulas.trim import is_list_number, remove_equation_numbers, trim_run
from olmocr_core.pdf.formulas.vertical_structures import MATH_AXIS
from olmocr_core.pdf.page_transform import PageTransform

_MAX_ROWS = 14
# Rows of one display are less than this apart, in type sizes.
_DISPLAY_SKIP = 0.8


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX for the characters ``members`` of the text layer, with its box on the page and its type size in points.

    ``display`` says that it stands on lines of its own.
    """

    latex: str
    members: frozenset[int]
    box: Box
    size: float
    display: bool


def has_math_font(fonts: Iterable[str]) -> bool:
    """Whether a page uses a math font, so that equations are worth looking for."""
    return any(MATH_FONT.search(font) for font in fonts)


def find_formulas(
    textpage: pdfium.PdfTextPage,
    codes: Sequence[int],
    indices: Sequence[int],
    transform: PageTransform,
    rulings: Sequence[Ruling],
) -> tuple[Formula, ...]:
    """Find the equations that are read with confidence; one that holds an unknown glyph is left as it is."""
    if transform.rotate:
        return ()
    bars = [ruling.box for ruling in rulings if ruling.is_horizontal and ruling.box.height < 2]
    return find_formulas_in_glyphs(read_glyphs(textpage, codes, indices, transform), bars)


def find_formulas_in_glyphs(glyphs: Sequence[Glyph | None], bars: Sequence[Box]) -> tuple[Formula, ...]:
    """As ``find_formulas``, for glyphs in text layer order (None for spaces) and the bars drawn among them."""
    flags, joined = join_displays(glyphs, flag_prose(glyphs))
    prose = [glyph for glyph, flag in zip(glyphs, flags, strict=True) if flag and glyph is not None]
    found: list[Formula] = []
    for run in find_glyph_runs(glyphs, flags, joined):
        found.extend(_find_in_run(run, prose, bars))
    return tuple(found)


def _find_in_run(run: GlyphRun, prose: Sequence[Glyph], bars: Sequence[Box]) -> list[Formula]:
    """The formulas of a run. A formula that continues in the next line of its paragraph is one, placed where it begins."""
    found: list[Formula] = []
    open_end = False
    for part in _split_at_line_breaks(run, prose, bars):
        formula = _interpret_part(remove_equation_numbers(part), prose, bars)
        if formula is not None and open_end and found:
            last = found.pop()
            latex = f"{last.latex} {formula.latex}"
            formula = replace(last, latex=latex, members=last.members | formula.members)
        if formula is not None:
            found.append(formula)
        open_end = formula is not None and not formula.display and part[-1].char != "."
    return found


def _interpret_part(part: GlyphRun, prose: Sequence[Glyph], bars: Sequence[Box]) -> Formula | None:
    """The formula of a part, if it is one; a display includes its final punctuation, as authors write it."""
    run = trim_run(part)
    formula = _build_formula(run, prose, bars)
    if formula is None or not formula.display:
        return formula
    after = [glyph for glyph in part if glyph.index > run[-1].index][:1]
    if not after or after[0].kind != "punct" or abs(after[0].base - run[-1].base) > 0.3 * run[-1].size:
        return formula
    return _build_formula([*run, *after], prose, bars) or formula


def _split_at_line_breaks(run: GlyphRun, prose: Sequence[Glyph], bars: Sequence[Box]) -> Iterator[GlyphRun]:
    """Split where a run continues in the next line of a paragraph; the rows of a display stay together."""
    # A list number begins something new.
    numbered = {
        at for at in range(1, len(run)) if is_list_number(run[at:]) and run[at].base > run[at - 1].base + run[at].size
    }
    pairs = enumerate(pairwise(run), start=1)
    cuts = [at for at, (one, other) in pairs if at in numbered or _is_line_break(one, other, run, bars)]
    cuts = sorted({*cuts, *_find_breaks_after_punctuation(run, bars)})
    starts = [0]
    for at, stop in pairwise([*cuts, len(run)]):
        if at in numbered or _are_separate_rows(run[starts[-1] : at], run[at:stop], prose):
            starts.append(at)
    for start, stop in pairwise([*starts, len(run)]):
        yield run[start:stop]


def _find_breaks_after_punctuation(run: GlyphRun, bars: Sequence[Box]) -> Iterator[int]:
    """Indices where a line begins below signs that are no equation: a sentence's colon, a section number."""
    for at in range(1, len(run)):
        one, other = run[at - 1], run[at]
        if one.is_distinctive or not (one.char.isdigit() or one.char in ":.,;"):
            return
        line = other.box.center[1] + 0.25 * other.size if other.kind == "op" else other.base
        lower = line > one.base + 0.9 * other.size and other.size > 0.86 * one.size
        if lower and not _is_bar_between(one, other, bars):
            yield at


def _are_separate_rows(upper: GlyphRun, lower: GlyphRun, prose: Sequence[Glyph]) -> bool:
    """Whether two rows do not belong to one display: one ends a line of a sentence, or is only a number."""
    telling = any(glyph.is_distinctive for glyph in upper)
    return (
        not telling
        or _has_words_beside(upper, prose)
        or _has_words_beside(lower, prose)
        or _measure_gap(upper, lower) > _DISPLAY_SKIP
    )


def _measure_gap(upper: GlyphRun, lower: GlyphRun) -> float:
    """The vertical gap between the ink of two parts, in type sizes."""
    size = max(glyph.size for glyph in upper)
    return (min(glyph.box.y0 for glyph in lower) - max(glyph.box.y1 for glyph in upper)) / size


def _is_line_break(one: Glyph, other: Glyph, run: GlyphRun, bars: Sequence[Box]) -> bool:
    size = max(one.size, other.size)
    if other.base - one.base < 0.9 * size or other.box.x0 > one.box.x0 or other.size < 0.86 * max(g.size for g in run):
        return False
    return not _is_bar_between(one, other, bars)


def _is_bar_between(one: Glyph, other: Glyph, bars: Sequence[Box]) -> bool:
    """Whether one glyph stands over a fraction bar and the other under it."""
    size = max(one.size, other.size)
    return any(
        one.base - 0.1 * size < bar.y0 < other.base
        and bar.x0 - 2 < other.box.center[0] < bar.x1 + 2
        and bar.width < 40 * size
        for bar in bars
    )


def _has_words_beside(run: Sequence[Glyph], prose: Sequence[Glyph]) -> bool:
    """Whether words stand right before or after, on the baseline of either end of the run."""
    if not run:
        return False
    size = max(glyph.size for glyph in run)
    mains = [glyph for glyph in run if glyph.size > 0.86 * size] or list(run)
    left = min(glyph.box.x0 for glyph in mains)
    right = max(glyph.box.x1 for glyph in mains)
    return any(
        any(abs(word.base - end.base) < 0.25 * size for end in (mains[0], mains[-1]))
        and (-0.5 < left - word.box.x1 < 2.5 * size or -0.5 < word.box.x0 - right < 2.5 * size)
        for word in prose
    )


def _build_formula(run: GlyphRun, prose: Sequence[Glyph], bars: Sequence[Box]) -> Formula | None:
    if not run or any(glyph.tex is None for glyph in run) or not any(glyph.is_distinctive for glyph in run):
        return None
    atoms = convert_to_atoms(run)
    whole = bounding_box(atoms)
    near = [bar for bar in bars if _is_bar_inside(bar, whole)]
    display = not _has_words_beside(run, prose)
    if not _needs_latex(run, near) or len(split_rows(atoms)) > _MAX_ROWS or _is_crossed_by_rules(whole, bars):
        return None
    latex = compose_latex(atoms, near)
    if not latex or (r"\{" in latex and r"\}" not in latex):
        return None
    box = whole if display else compute_text_box(atoms)
    return Formula(latex, frozenset(glyph.index for glyph in run), box, measure_main_size(atoms), display)


def _is_bar_inside(bar: Box, whole: Box) -> bool:
    x, y = bar.center
    return (
        whole.x0 - 3 < bar.x0 and bar.x1 < whole.x1 + 3 and whole.x0 < x < whole.x1 and whole.y0 - 3 < y < whole.y1 + 3
    )


def _is_crossed_by_rules(whole: Box, bars: Sequence[Box]) -> bool:
    """Whether lines that reach beyond the equation cut through it: table cells."""
    return any(whole.y0 + 1 < bar.y0 < whole.y1 - 1 and bar.x0 < whole.x0 - 4 and bar.x1 > whole.x1 + 4 for bar in bars)


def _needs_latex(run: GlyphRun, bars: Sequence[Box]) -> bool:
    """Whether LaTeX says more than the characters: scripts, relations, fractions; not for a lone letter."""
    if len(run) < 2:
        return False
    sizes = [glyph.size for glyph in run]
    scripts = min(sizes) < 0.86 * max(sizes)
    signs = any(glyph.kind in ("rel", "op", "radical") for glyph in run)
    letters = sum((glyph.letter and (glyph.math or glyph.italic)) or glyph.kind == "op" for glyph in run)
    brackets = any(glyph.kind == "open" for glyph in run)
    return letters > 0 and (scripts or signs or brackets or bool(bars))


def convert_to_atoms(run: GlyphRun) -> list[Atom]:
    """Convert glyphs to atoms; touching digits become one number."""
    plain = [glyph.size for glyph in run if glyph.kind not in ("op", "radical", "open", "close")]
    size = max(plain, default=max(glyph.size for glyph in run))
    atoms: list[Atom] = []
    for before, glyph in pairwise([None, *run]):
        assert glyph is not None
        if atoms and before is not None and _is_same_number(before, glyph):
            last = atoms[-1]
            atoms[-1] = replace(last, tex=last.tex + (glyph.tex or ""), box=last.box.union(glyph.box))
        else:
            atoms.append(_make_atom(glyph, size))
    return atoms


def _is_same_number(before: Glyph, glyph: Glyph) -> bool:
    """Whether two glyphs belong to one number."""
    near = (
        -0.1 < (glyph.box.x0 - before.box.x1) / glyph.size < 0.25 and abs(glyph.base - before.base) < 0.02 * glyph.size
    )
    return near and _is_numeral(before) and _is_numeral(glyph)


def _is_numeral(glyph: Glyph) -> bool:
    return glyph.tex == "." or (glyph.tex or "").isdigit()


def _make_atom(glyph: Glyph, size: float) -> Atom:
    assert glyph.tex is not None
    bold = glyph.bold and (glyph.letter or glyph.char.isdigit()) and not glyph.tex.endswith("}")
    slanted = bold and (glyph.math or glyph.italic or glyph.greek)
    tex = rf"\{'boldsymbol' if slanted else 'mathbf'}{{{glyph.tex}}}" if bold else glyph.tex
    tall = glyph.box.height > 1.15 * glyph.size
    hangs = abs(glyph.base - glyph.box.y1) > 0.6 * glyph.box.height and glyph.box.height > 0.5 * glyph.size
    large = glyph.math and glyph.kind in ("open", "close", "accent", "radical")
    wide = glyph.kind == "accent" and bool(CM_LARGE.search(glyph.font))
    small_sum = glyph.kind == "op" and glyph.size < 0.86 * size
    stretched = (
        wide or (glyph.kind == "op" and not small_sum) or ((large or tex in ("|", r"\|", "")) and (tall or hangs))
    )
    base = (glyph.box.y0 + glyph.box.y1) / 2 + MATH_AXIS * glyph.size if small_sum else glyph.base
    own = size if glyph.kind == "op" and not small_sum else glyph.size
    return Atom(tex, glyph.kind, glyph.box, base, own, glyph.kind == "op", stretched, glyph.upright and not bold)
