"""What is kept of a drawn equation: its MathML and where its symbols stand."""

from __future__ import annotations

import re
from functools import cached_property

from olmocr_core.bench.math.layout import Layout, Symbol, make_layout
from olmocr_core.domain.models import Frozen

_SEMANTICS = re.compile(r"<semantics[^>]*>(.*)<annotation", re.DOTALL)
# As in HTML; an XML parser knows only three of them and leaves the others out.
_FOREIGN_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;)\w+;|\s+")


class Drawing(Frozen):
    """One equation as drawn; ``error`` is KaTeX's message where it cannot be, and then there are no symbols."""

    mathml: str = ""
    symbols: tuple[Symbol, ...] = ()
    error: str | None = None

    @cached_property
    def structure(self) -> str:
        """The presentation MathML without white space and without the LaTeX that it was made from."""
        found = _SEMANTICS.search(self.mathml)
        return _FOREIGN_ENTITY.sub("", found[1] if found else self.mathml)

    @cached_property
    def layout(self) -> Layout:
        """Its characters and how they stand to each other."""
        return make_layout(self.symbols)
