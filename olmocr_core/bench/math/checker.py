"""Check whether a page contains an equation, for the ``math`` checks of olmOCR-bench."""

from __future__ import annotations

from pathlib import Path

from rapidfuzz import fuzz

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.chromium import BrowserFault, Chromium, find_chromium
from olmocr_core.bench.math.drawing import Drawing
from olmocr_core.bench.math.equations import find_delimited_equations, find_equations
from olmocr_core.bench.math.katex import find_cache_folder, find_katex
from olmocr_core.bench.math.matching import is_part_of
from olmocr_core.bench.math.renderer import EquationRenderer
from olmocr_core.bench.verdict import CheckVerdict

_SHOWN = 120


class KatexChecker:
    """Compares rendered equations. ``compat`` counts like the published scorer; ``close`` ends the browser."""

    def __init__(self, renderer: EquationRenderer, *, compat: bool = False) -> None:
        self.renderer = renderer
        self._compat = compat

    def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
        """Check that the LaTeX ``reference`` is part of an equation of the page, see ``EquationChecker``.

        There is no verdict if the browser cannot be started, or if KaTeX cannot render the reference and the page does
        not contain it literally.
        """
        found = self._read(text, ignore_dollar_delimited)
        if reference in found or (not self._compat and reference.strip() in found):
            return CheckVerdict.passing()
        if not found and self._compat:
            return CheckVerdict.failing("the page has no equation")
        try:
            drawings = self.renderer.render([reference, *found])
        except BrowserFault as fault:
            return CheckVerdict(None, f"equations cannot be rendered: {fault}")
        wanted = drawings[reference]
        if not wanted.symbols and not self._compat:
            return CheckVerdict(
                None, f"KaTeX cannot render the check's own equation: {wanted.error or 'the result is empty'}"
            )
        found.sort(key=lambda equation: -fuzz.ratio(equation, reference))
        if any(is_rendered_in(wanted, drawings[equation]) for equation in found):
            return CheckVerdict.passing()
        return _explain_missing(reference, found, drawings)

    def find_nearest(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> str:
        """Find the equation of the page with the most similar LaTeX; empty if there is none."""
        found = self._read(text, ignore_dollar_delimited)
        return max(found, key=lambda equation: fuzz.ratio(equation, reference), default="")

    def _read(self, text: str, ignore_dollars: bool) -> list[str]:
        return (find_delimited_equations if self._compat else find_equations)(text, ignore_dollars=ignore_dollars)

    def close(self) -> None:
        """End the browser."""
        self.renderer.close()


def is_rendered_in(reference: Drawing, other: Drawing) -> bool:
    """Whether one drawing is part of another, by MathML or by layout."""
    if reference.structure and reference.structure in other.structure:
        return True
    return is_part_of(reference.layout, other.layout)


def _explain_missing(reference: str, found: list[str], drawings: dict[str, Drawing]) -> CheckVerdict:
    if not found:
        return CheckVerdict.failing(f"no equation of the page renders like {reference}; the page has none")
    nearest = found[0]
    near = nearest if len(nearest) <= _SHOWN else f"{nearest[:_SHOWN]}..."
    error = drawings[nearest].error
    fault = f", which KaTeX cannot render ({error})" if error else ""
    words = f"no equation of the page renders like {reference}; the nearest is {near}{fault}"
    return CheckVerdict.failing(words, fuzz.ratio(nearest, reference) / 100)


def open_checker(*, compat: bool = False, katex: Path | None = None, cache: Path | None = None) -> KatexChecker:
    """Open a checker; its browser starts with the first equation and ends with this process.

    ``katex`` and ``cache`` replace the folders in the user's cache. Raises UsageError with instructions if Chromium or
    KaTeX is missing.
    """
    program = find_chromium()
    found = find_katex(katex, with_fonts=not compat)
    drawings = DrawingCache(cache or find_cache_folder() / "equations", with_fonts=found.with_fonts)
    return KatexChecker(EquationRenderer(found, lambda: Chromium(program), drawings), compat=compat)
