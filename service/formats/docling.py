"""A result as a DoclingDocument (schema 1.10.0), which tools around docling read: items with their page and box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from olmocr_core.bench.html_tables import read_html_tables
from olmocr_core.bench.markup_tables import Table
from olmocr_core.domain.models import BlockType, PageBlock
from service.formats.markdown_blocks import split_markdown
from service.formats.result_pages import ResultPage

VERSION = "1.10.0"
_LABELS: dict[BlockType, str] = {
    "heading": "section_header",
    "list": "list_item",
    "equation": "formula",
    "caption": "caption",
    "footnote": "footnote",
    "code": "code",
    "header": "page_header",
    "footer": "page_footer",
}
_MARKER = re.compile(r"([-*+]|\(?\w{1,5}[.)]|\[\d{1,3}\])\s+(?=\S)")
_DISPLAY = re.compile(r"\\\[(.*?)\\\]|\$\$(.*?)\$\$", re.DOTALL)
# Where nobody knows the size of a page, it is a square of one point: boxes that are divided by it are right.
_UNKNOWN_SIZE = (1.0, 1.0)
# Readers fill a grid with the cells; a larger one is no table of a page.
_MOST_PLACES = 100_000


def make_docling_document(
    name: str, filename: str, media_type: str, sha256: str, pages: Sequence[ResultPage]
) -> dict[str, Any]:
    """The document as plain values. Pages without blocks give texts whose box is the page."""
    writer = _Writer()
    for page in pages:
        writer.add_page(page)
    origin = {"mimetype": media_type, "binary_hash": int(sha256[:16], 16), "filename": filename}
    return {"schema_name": "DoclingDocument", "version": VERSION, "name": name, "origin": origin, **writer.parts()}


class _Writer:
    """Collects the items in reading order; each knows its own place in the lists and its parent's."""

    def __init__(self) -> None:
        self._body: list[dict[str, str]] = []
        self._items: dict[str, list[dict[str, Any]]] = {"groups": [], "texts": [], "pictures": [], "tables": []}
        self._pages: dict[str, dict[str, Any]] = {}

    def parts(self) -> dict[str, Any]:
        """The members of the document."""
        furniture, body = _root("furniture", "furniture", []), _root("body", "body", self._body)
        more = {"key_value_items": [], "form_items": [], "pages": self._pages}
        return {"furniture": furniture, "body": body, **self._items, **more}

    def add_page(self, page: ResultPage) -> None:
        """Add a page with its blocks, or with what its text looks like."""
        width, height = page.size or _UNKNOWN_SIZE
        size = {"width": width, "height": height}
        self._pages[str(page.number)] = {"size": size, "page_no": page.number}
        blocks = page.blocks or tuple(split_markdown(page.text, (0.0, 0.0, width, height)))
        for is_list, group in groupby(blocks, key=lambda block: block.type == "list"):
            if is_list:
                self._add_list(list(group), page.number)
                continue
            for block in group:
                self._add_block(block, page)

    def _add_list(self, blocks: Sequence[PageBlock], number: int) -> None:
        group = self._add("groups", "#/body", {"content_layer": "body", "name": "list", "label": "list"})
        for block in blocks:
            found = _MARKER.match(block.text)
            text, marker = (block.text[found.end() :], found[1]) if found else (block.text, "")
            more = {"enumerated": marker not in ("", "-", "*", "+"), "marker": marker}
            self._add("texts", group, _text(block, number, text) | more)

    def _add_block(self, block: PageBlock, page: ResultPage) -> None:
        if block.type == "figure":
            self._add("pictures", "#/body", _floating(block, page.number, "picture"))
        elif block.type == "table" and (data := _table_data(block.text)):
            self._add("tables", "#/body", _floating(block, page.number, "table") | {"data": data})
        else:
            item = _text(block, page.number, _plain(block))
            if block.type in ("header", "footer") and block.text not in page.text:
                item["content_layer"] = "furniture"
            self._add("texts", "#/body", item)

    def _add(self, kind: str, parent: str, values: dict[str, Any]) -> str:
        items = self._items[kind]
        reference = f"#/{kind}/{len(items)}"
        items.append({"self_ref": reference, "parent": {"$ref": parent}, "children": [], **values})
        siblings = self._body if parent == "#/body" else self._items["groups"][-1]["children"]
        siblings.append({"$ref": reference})
        return reference


def _root(name: str, layer: str, children: list[dict[str, str]]) -> dict[str, Any]:
    more = {"content_layer": layer, "name": "_root_", "label": "unspecified"}
    return {"self_ref": f"#/{name}", "children": children, **more}


def _text(block: PageBlock, number: int, text: str) -> dict[str, Any]:
    label = _LABELS.get(block.type, "text")
    item: dict[str, Any] = {
        "content_layer": "body",
        "label": label,
        "prov": _place(block, number, text),
        "orig": text,
        "text": text,
    }
    if block.type == "heading":
        item["level"] = max(1, block.level)
    if block.type == "code":
        item |= {"captions": [], "references": [], "footnotes": [], "code_language": "unknown"}
    return item


def _floating(block: PageBlock, number: int, label: str) -> dict[str, Any]:
    more: dict[str, list[Any]] = {"captions": [], "references": [], "footnotes": [], "annotations": []}
    return {"content_layer": "body", "label": label, "prov": _place(block, number, ""), **more}


def _place(block: PageBlock, number: int, text: str) -> list[dict[str, Any]]:
    sides = dict(zip("ltrb", block.box, strict=True))
    return [{"page_no": number, "bbox": sides | {"coord_origin": "TOPLEFT"}, "charspan": [0, len(text)]}]


def _plain(block: PageBlock) -> str:
    """The text without the marks of its type, which the label says."""
    if block.type == "heading":
        return block.text.lstrip("#").strip()
    if block.type == "equation":
        return "\n".join((one or other).strip() for one, other in _DISPLAY.findall(block.text)) or block.text
    if block.type == "code":
        return "\n".join(line for line in block.text.split("\n") if not line.startswith(("```", "~~~~")))
    return block.text


def _table_data(markup: str) -> dict[str, Any] | None:
    """The cells of the first table in the markup; None without a table, or for one that no page holds."""
    table = next(iter(read_html_tables(markup)), None)
    cells = _place_cells(table) if table else []
    rows = max((cell["end_row_offset_idx"] for cell in cells), default=0)
    columns = max((cell["end_col_offset_idx"] for cell in cells), default=0)
    if not cells or rows * columns > _MOST_PLACES:
        return None
    return {"table_cells": cells, "num_rows": rows, "num_cols": columns}


def _place_cells(table: Table) -> list[dict[str, Any]]:
    """Each cell in the first free column of its row, as browsers do; none if they fill more places than a page has."""
    taken: set[tuple[int, int]] = set()
    cells = []
    for row, found in enumerate(table.rows):
        column = 0
        for cell in found:
            while (row, column) in taken:
                column += 1
            down, across = max(1, cell.rowspan or 1), max(1, cell.colspan or 1)
            if len(taken) + down * across > _MOST_PLACES:
                return []
            taken.update((row + y, column + x) for y in range(down) for x in range(across))
            cells.append(
                {
                    "row_span": down,
                    "col_span": across,
                    "start_row_offset_idx": row,
                    "end_row_offset_idx": row + down,
                    "start_col_offset_idx": column,
                    "end_col_offset_idx": column + across,
                    "text": cell.text,
                    "column_header": cell.heading,
                    "row_header": False,
                    "row_section": False,
                }
            )
            column += across
    return cells
