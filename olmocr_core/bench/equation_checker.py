"""What the scorer asks of whatever compares equations, and what it says when nothing can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from olmocr_core.bench.verdict import CheckVerdict

NO_RENDERER = (
    "equations are compared as KaTeX draws them in a headless Chromium, and one of the two is missing here; "
    "`olmocr-flows doctor` says how to get them"
)


class EquationChecker(Protocol):
    """Says whether a page holds an equation."""

    def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
        r"""Is the LaTeX ``reference`` among the delimited equations of the page's Markdown ``text``?

        Delimiters are ``\(..\)``, ``\[..\]``, and ``$$..$$`` and ``$..$`` unless they are to be ignored. A verdict with
        ``passed`` None says that it could not be judged: such a check counts for nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoEquationChecker:
    """The judge of a machine that cannot draw equations: no verdict, and the reason why."""

    reason: str = NO_RENDERER

    def check(self, reference: str, text: str, *, ignore_dollar_delimited: bool = False) -> CheckVerdict:
        """Always "not judged"."""
        return CheckVerdict(None, self.reason)
