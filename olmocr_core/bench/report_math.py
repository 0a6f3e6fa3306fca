"""The two drawings that explain a failed check on an equation: what it asks for, and the nearest thing on the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from olmocr_core.bench.checks import MathCheck
from olmocr_core.bench.data import BenchData
from olmocr_core.bench.judge_math import MathJudge
from olmocr_core.bench.math import KatexJudge
from olmocr_core.bench.result import CheckResult

MAX_DRAWN = 500


@dataclass(frozen=True, slots=True)
class Drawn:
    """One equation: its LaTeX, and a picture as a data URL where it can be drawn."""

    about: str
    latex: str
    image: str | None


class Explainer:
    """Draws for the first 500 failures; without a judge that draws it has nothing to show."""

    def __init__(self, data: BenchData, judge: MathJudge | None) -> None:
        self._checks = {(name, check.id): check for name, check in data.checks if isinstance(check, MathCheck)}
        self._judge = judge if isinstance(judge, KatexJudge) else None
        self._left = MAX_DRAWN

    def explain(self, failed: CheckResult, text: str) -> tuple[Drawn, ...]:
        """What the check asks for and the nearest equation of the page; nothing for checks of other types."""
        check = self._checks.get((failed.category, failed.id))
        if check is None or self._judge is None or not self._left:
            return ()
        self._left -= 1
        nearest = self._judge.nearest(check.math, text, ignore_dollar_delimited=check.ignore_dollar_delimited)
        return (self._drawn("asked for", check.math), self._drawn("nearest on the page", nearest))

    def _drawn(self, about: str, latex: str) -> Drawn:
        image = self._judge.draughtsman.picture(latex) if self._judge and latex else None
        return Drawn(
            about, latex, f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}" if image else None
        )
