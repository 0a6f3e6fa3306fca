"""A rendered equation: its MathML and the positions of its symbols."""

from __future__ import annotations

import re
from functools import cached_property

from olmocr_core.bench.math.layout import Layout, Symbol, make_layout
from olmocr_core.domain.models import Frozen

_SEMANTICS = re.compile(r"<semantics[^>]*>(.*)<annotation", re.DOTALL)
# HTML entities; the published scorer's XML parser knows only a few and drops the others.
_FOREIGN_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;)\w+;|\s+")


class Drawing(Frozen):
    """One rendered equation; ``error`` is KaTeX's message if it cannot be rendered, then without symbols."""

    mathml: str = ""
    symbols: tuple[Symbol, ...] = ()
    error: str | None = None

    @cached_property
    def structure(self) -> str:
        """The presentation MathML without white space and without its LaTeX source."""
        found = _SEMANTICS.search(self.mathml)
        return _FOREIGN_ENTITY.sub("", found[1] if found else self.mathml)

    @cached_property
    def layout(self) -> Layout:
        """Its characters and their relative positions."""
        return make_layout(self.symbols)
