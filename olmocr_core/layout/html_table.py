"""Render table cells as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; row and column count from 0 at the top left."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    header: bool = False


def render_html_table(cells: Sequence[Cell]) -> str:
    """The table as HTML, one row per line; places that no cell covers become empty cells."""
    if not cells:
        return ""
    rows = max(cell.row + cell.rowspan for cell in cells)
    columns = max(cell.column + cell.colspan for cell in cells)
    owner: dict[tuple[int, int], Cell] = {}
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for column in range(cell.column, cell.column + cell.colspan):
                owner.setdefault((row, column), cell)
    head = {cell.row for cell in cells if cell.header}
    out = ["<table>"]
    for row in range(rows):
        parts = []
        for column in range(columns):
            found = owner.get((row, column))
            if found is None:
                parts.append("<th></th>" if row in head else "<td></td>")
            elif (found.row, found.column) == (row, column):
                parts.append(_render_cell(found))
        out.append(f"<tr>{''.join(parts)}</tr>")
    out.append("</table>")
    return "\n".join(out)


def _render_cell(cell: Cell) -> str:
    name = "th" if cell.header else "td"
    spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    return f"<{name}{spans}>{html.escape(cell.text, quote=False)}</{name}>"
