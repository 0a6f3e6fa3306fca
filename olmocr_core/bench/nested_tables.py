"""The tables of a page's HTML as the published scorer reads them: a row has the cells of all tables inside it, too.

That scorer asks the parsed page for the descendants of each table, row and cell anew. With cells that are left open, which
nest, it takes minutes; here their order is taken down once, and a page that still has too many is refused.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from olmocr_core.bench.markup_tables import Cell, Table, parse_span

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement

MAX_CELLS = 300_000
MAX_TEXT = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Element:
    """A tag in the order of the page: its descendants begin after ``start`` and before ``end``."""

    tag: Tag
    start: int
    end: int
    # Equal for rows of equal content, which are one to the published scorer.
    content: int
    strings: tuple[int, int]


@dataclass(slots=True)
class _Page:
    """Tags of tables by their names, in order, and all strings that are text."""

    elements: dict[str, list[_Element]] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)

    def inside(self, outer: _Element, *names: str) -> list[_Element]:
        found: list[_Element] = []
        for name in names:
            all_of_them = self.elements.get(name, [])
            first = bisect_left(all_of_them, outer.start + 1, key=lambda element: element.start)
            last = bisect_left(all_of_them, outer.end, key=lambda element: element.start)
            found += all_of_them[first:last]
        return sorted(found, key=lambda element: element.start) if len(names) > 1 else found


def read_nested_tables(text: str) -> list[Table]:
    """Every ``<table>``, in order. Raises ValueError where cells in cells are too many to tell."""
    if "<table" not in text.lower():
        return []
    page = _read(text)
    budget = _Budget(MAX_CELLS, MAX_TEXT)
    texts: dict[int, str] = {}
    return [_table(page, table, budget, texts) for table in page.elements.get("table", [])]


@dataclass(slots=True)
class _Budget:
    cells: int
    text: int

    def spend(self, cells: int = 0, text: int = 0) -> None:
        self.cells -= cells
        self.text -= text
        if self.cells < 0 or self.text < 0:
            raise ValueError(
                "the page's tables have too many cells inside of cells to be read as the published scorer does"
            )


def _table(page: _Page, table: _Element, budget: _Budget, texts: dict[int, str]) -> Table:
    rows = page.inside(table, "tr")
    headed: frozenset[int] = frozenset()
    if heads := page.inside(table, "thead"):
        first: dict[int, int] = {}
        for index, row in enumerate(rows):
            first.setdefault(row.content, index)
        headed = frozenset(first[row.content] for row in page.inside(heads[0], "tr"))
    found = []
    for row in rows:
        cells = page.inside(row, "th", "td")
        budget.spend(cells=len(cells))
        found.append(tuple(_cell(page, cell, budget, texts) for cell in cells))
    return Table(tuple(found), headed)


def _cell(page: _Page, cell: _Element, budget: _Budget, texts: dict[int, str]) -> Cell:
    text = texts.get(cell.start)
    if text is None:
        text = "".join(page.strings[slice(*cell.strings)]).strip()
        budget.spend(text=len(text))
        texts[cell.start] = text
    tag = cell.tag
    return Cell(text, tag.name == "th", parse_span(tag.get("rowspan")), parse_span(tag.get("colspan")))


@dataclass(slots=True)
class _Begun:
    tag: Tag
    start: int
    strings: int
    content: list[object] = field(default_factory=list)


def _read(text: str) -> _Page:
    """One walk over the page; depth costs no recursion."""
    from bs4 import BeautifulSoup

    page = _Page()
    known: dict[object, int] = {}
    begun: list[_Begun] = []
    at = 0
    for at, element in enumerate(BeautifulSoup(text, "html.parser").descendants):
        while begun and element.parent is not begun[-1].tag:
            _end(page, begun, at, known)
        _begin(page, begun, element, at)
    while begun:
        _end(page, begun, at + 1, known)
    for elements in page.elements.values():
        elements.sort(key=lambda element: element.start)
    return page


def _begin(page: _Page, begun: list[_Begun], element: PageElement, at: int) -> None:
    from bs4.element import CData, NavigableString, Tag

    if isinstance(element, Tag):
        if element.name == "br":
            page.strings.append("\n")
        begun.append(_Begun(element, at, len(page.strings)))
        return
    if type(element) in (NavigableString, CData):
        page.strings.append(str(element))
    if begun:
        begun[-1].content.append(str(element))


def _end(page: _Page, begun: list[_Begun], at: int, known: dict[object, int]) -> None:
    done = begun.pop()
    attributes = tuple(sorted((name, str(value)) for name, value in done.tag.attrs.items()))
    content = known.setdefault((done.tag.name, attributes, tuple(done.content)), len(known))
    if begun:
        begun[-1].content.append(content)
    strings = (done.strings, len(page.strings))
    element = _Element(done.tag, done.start, at, content, strings)
    if done.tag.name in ("table", "thead", "tr", "th", "td"):
        page.elements.setdefault(done.tag.name, []).append(element)
