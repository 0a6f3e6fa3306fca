"""The interface of equation checks, and its implementation for machines that cannot render equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from olmocr_core.bench.verdict import CheckVerdict

NO_RENDERER = (
    "equations are compared as KaTeX renders them in a headless Chromium, and one of the two is missing; "
    "`olmocr-flows doctor` says how to install them"
)


class EquationChecker(Protocol):
    """Checks whether a page contains an equation."""

    def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
        r"""Check that the LaTeX ``reference`` is among the delimited equations of the page's Markdown ``text``.

        Delimiters are ``\(..\)``, ``\[..\]``, ``$$..$$`` and ``$..$``; the last two can be ignored. A verdict with
        ``passed`` None is not counted.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoEquationChecker:
    """For machines that cannot render equations: no verdict, with the reason."""

    reason: str = NO_RENDERER

    def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
        """Return no verdict."""
        return CheckVerdict(None, self.reason)
