"""Pages as Mistral's OCR answers them: Markdown, size, and blocks with their places in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from olmocr_core.domain.models import BlockType, PageBlock
from olmocr_core.publish.sanitize import scrub, scrub_text
from service.facades.converted import Converted
from service.formats.result_pages import ResultPage

_DPI = 200
_TYPES: dict[BlockType, str] = {
    "heading": "title",
    "paragraph": "text",
    "list": "list",
    "table": "table",
    "equation": "equation",
    "figure": "image",
    "caption": "caption",
    "footnote": "text",
    "code": "code",
    "header": "header",
    "footer": "footer",
}


def ocr_response(found: Converted, *, include_blocks: bool) -> dict[str, Any]:
    """The answer for a document; ``index`` of a page counts from 0."""
    engines = sorted({page.engine for page in found.record.pages if page.engine})
    return {
        "pages": [_page(page, include_blocks=include_blocks) for page in found.pages],
        "model": ", ".join(engines) or "olmocr-flows",
        "usage_info": {"pages_processed": len(found.pages), "doc_size_bytes": found.job.size_bytes},
        "document_annotation": None,
    }


def _page(page: ResultPage, *, include_blocks: bool) -> dict[str, Any]:
    width, height = page.size or (0.0, 0.0)
    size = {"dpi": _DPI, "height": _pixels(height), "width": _pixels(width)} if page.size else None
    answered = {
        "index": page.number - 1,
        "markdown": scrub_text(page.text),
        "images": [],
        "dimensions": size,
        "hyperlinks": [],
        "header": _margin(page.blocks, "header"),
        "footer": _margin(page.blocks, "footer"),
    }
    return answered | ({"blocks": [_block(block) for block in page.blocks]} if include_blocks and page.blocks else {})


def _block(block: PageBlock) -> dict[str, Any]:
    names = ("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y")
    corners = {name: _pixels(side) for name, side in zip(names, block.box, strict=True)}
    more = {"image_id": ""} if block.type == "figure" else {}
    return {"type": _TYPES[block.type], "content": scrub(block.text), **corners, **more}


def _margin(blocks: Sequence[PageBlock], kind: BlockType) -> str | None:
    return "\n".join(scrub_text(block.text) for block in blocks if block.type == kind) or None


def _pixels(points: float) -> int:
    return round(points * _DPI / 72)
