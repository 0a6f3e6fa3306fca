"""The content list of MinerU: the items of a document with their page and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from olmocr_core.domain.models import PageBlock
from olmocr_core.publish.sanitize import scrub_text
from service.formats.markdown_blocks import split_markdown
from service.formats.result_pages import ResultPage

# Sides of a page, whatever its size.
_SIDE = 1000


def list_content(pages: Sequence[ResultPage]) -> list[dict[str, Any]]:
    """The items of all pages; ``page_idx`` counts from 0, ``bbox`` is in thousandths of the page where places are known."""
    return [item for page in pages for item in _items(page)]


def _items(page: ResultPage) -> Iterator[dict[str, Any]]:
    blocks = page.blocks or tuple(split_markdown(page.text, (0, 0, 0, 0)))
    for block in blocks:
        if block.type in ("header", "footer") and block.text not in page.text:
            continue
        place = {"bbox": _place(block, page.size)} if page.blocks and page.size else {}
        yield _content(block) | {"page_idx": page.number - 1} | place


def _content(block: PageBlock) -> dict[str, Any]:
    text = scrub_text(block.text)
    if block.type == "table":
        return {"type": "table", "img_path": "", "table_caption": [], "table_footnote": [], "table_body": text}
    if block.type == "figure":
        return {"type": "image", "img_path": "", "image_caption": [], "image_footnote": []}
    if block.type == "equation":
        return {"type": "equation", "text": text, "text_format": "latex", "img_path": ""}
    if block.type == "heading":
        return {"type": "text", "text": text.lstrip("#").strip(), "text_level": max(1, block.level)}
    return {"type": "text", "text": text}


def _place(block: PageBlock, size: tuple[float, float]) -> list[int]:
    sides = (*size, *size)
    return [round(_SIDE * max(0.0, min(1.0, edge / side))) for edge, side in zip(block.box, sides, strict=True)]
