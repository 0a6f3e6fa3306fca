"""The values of a comparison: documents, expectations, readings and results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Rule = Literal[
    "appears",
    "not_appears",
    "present",
    "absent",
    "order",
    "table",
    "baseline",
    "math",
    "pages",
    "text",
    "cells",
]
# A fair comparison of formulas needs a renderer, and a page count says nothing about the text.
UNCOUNTED_RULES: frozenset[str] = frozenset({"math", "pages"})
RELATIONS = ("up", "down", "left", "right", "top_heading", "left_heading")


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus: its ``name`` relative to the corpus, its page count (None: unknown) and its tags."""

    name: str
    path: Path
    pages: int | None
    tags: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The file name without its extension."""
        return Path(self.name).stem

    @property
    def is_image(self) -> bool:
        """Whether it is an image file and not a PDF."""
        return self.path.suffix.lower() != ".pdf"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation for a document's text; ``rule`` decides which fields apply.

    ``page`` starts at 1 and is None for the whole document. ``max_diffs``, ``first_n`` and ``last_n`` are in characters.
    ``truth`` is a reference text, ``rows`` a reference table; ``least`` is the share to reach, or None if the reference was
    made by another tool: then the score is reported but not counted.
    """

    document: str
    id: str
    rule: Rule
    page: int | None = None
    text: str = ""
    after: str = ""
    relations: tuple[tuple[str, str], ...] = ()
    max_diffs: int = 0
    case_sensitive: bool = True
    first_n: int | None = None
    last_n: int | None = None
    max_length: int | None = None
    count: int | None = None
    scripts: frozenset[str] = frozenset()
    truth: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    least: float | None = None

    @property
    def counted(self) -> bool:
        """Whether it counts as passed or failed."""
        if self.rule in ("text", "cells"):
            return self.least is not None
        return self.rule not in UNCOUNTED_RULES


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``why`` explains a failure or gives figures; ``scores`` are shares from 0 to 1 by name."""

    passed: bool
    why: str = ""
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool made of a document: its text by page, or as one string where it gives no page breaks.

    ``pages`` is the number of pages that the tool says it read (None: it does not say); ``seconds`` of wall time.
    ``error`` says why text is missing, ``note`` what else a reader of the results should know (routes of the pages).
    """

    texts: tuple[str, ...]
    paged: bool
    pages: int | None
    seconds: float
    error: str = ""
    note: str = ""

    @property
    def whole(self) -> str:
        """The text of all pages."""
        return "\n".join(self.texts)

    def page(self, number: int | None) -> str:
        """The text of page ``number``; the whole text where pages are not told apart."""
        if number is None or not self.paged:
            return self.whole
        return self.texts[number - 1] if number <= len(self.texts) else ""
