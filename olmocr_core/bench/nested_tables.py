"""Read the tables of a page's HTML like the published scorer: a row also has the cells of all tables inside it.

That scorer searches the descendants of each table, row and cell again. With unclosed cells, which nest, it takes minutes.
Here the order of the elements is recorded once, and a page with too many cells is refused.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from olmocr_core.bench.bound_markup import bound_markup
from olmocr_core.bench.markup_tables import Cell, Table, parse_span

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement

MAX_CELLS = 300_000
MAX_TEXT = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Element:
    """A tag in page order: its descendants start after ``start`` and before ``end``."""

    tag: Tag
    start: int
    end: int
    # Equal for rows of equal content, which the published scorer does not distinguish.
    content: int
    strings: tuple[int, int]


@dataclass(slots=True)
class _Page:
    """The tags of tables by name, in page order, and all text strings."""

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
    """Read every ``<table>``, in order. Raises ValueError for too many nested cells and HTML that cannot be read."""
    if "<table" not in text.lower():
        return []
    from bs4.exceptions import ParserRejectedMarkup

    try:
        page = _read(bound_markup(text))
    except (ParserRejectedMarkup, ValueError) as error:
        # A ValueError of Python: a character reference of thousands of digits.
        raise ValueError("the page's HTML cannot be read") from error
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
            raise ValueError("the page's tables have too many nested cells to be read like the published scorer does")


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
class _OpenElement:
    tag: Tag
    start: int
    strings: int
    content: list[object] = field(default_factory=list)


def _read(text: str) -> _Page:
    """Walk over the page once, without recursion."""
    from bs4 import BeautifulSoup

    page = _Page()
    content_ids: dict[object, int] = {}
    open_elements: list[_OpenElement] = []
    at = 0
    for at, element in enumerate(BeautifulSoup(text, "html.parser").descendants):
        while open_elements and element.parent is not open_elements[-1].tag:
            _end(page, open_elements, at, content_ids)
        _begin(page, open_elements, element, at)
    while open_elements:
        _end(page, open_elements, at + 1, content_ids)
    for elements in page.elements.values():
        elements.sort(key=lambda element: element.start)
    return page


def _begin(page: _Page, open_elements: list[_OpenElement], element: PageElement, at: int) -> None:
    from bs4.element import CData, NavigableString, Tag

    if isinstance(element, Tag):
        if element.name == "br":
            page.strings.append("\n")
        open_elements.append(_OpenElement(element, at, len(page.strings)))
        return
    if type(element) in (NavigableString, CData):
        page.strings.append(str(element))
    if open_elements:
        open_elements[-1].content.append(str(element))


def _end(page: _Page, open_elements: list[_OpenElement], at: int, content_ids: dict[object, int]) -> None:
    done = open_elements.pop()
    attributes = tuple(sorted((name, str(value)) for name, value in done.tag.attrs.items()))
    content = content_ids.setdefault((done.tag.name, attributes, tuple(done.content)), len(content_ids))
    if open_elements:
        open_elements[-1].content.append(content)
    strings = (done.strings, len(page.strings))
    element = _Element(done.tag, done.start, at, content, strings)
    if done.tag.name in ("table", "thead", "tr", "th", "td"):
        page.elements.setdefault(done.tag.name, []).append(element)
