"""The blocks of a page as its record holds them: with a type, a box and their Markdown, figures and margins among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olmocr_core.domain.geometry import Box, PageLayout, enclose
from olmocr_core.domain.models import BlockType, PageBlock
from olmocr_core.layout.blocks import Block, BlockKind
from olmocr_core.layout.margins import Margins

# A page has tens; a drawing in thousands of pieces is left without blocks rather than kept in records for ever.
MOST_BLOCKS = 2_000
_MOST_FIGURES = 50
_LEAST_FIGURE_SIDE = 36.0
# Larger images are the paper that a page was scanned from, or its background.
_MOST_FIGURE_SHARE = 0.8
_TYPES: dict[BlockKind, BlockType] = {
    "paragraph": "paragraph",
    "heading": "heading",
    "item": "list",
    "code": "code",
    "table": "table",
    "footnote": "footnote",
    "caption": "caption",
}


def collect_page_blocks(
    blocks: Sequence[Block], texts: Sequence[str], rotated: Sequence[PageBlock], margins: Margins, layout: PageLayout
) -> tuple[PageBlock, ...]:
    """Headers, the blocks with their Markdown in ``texts``, rotated text, footers; none if there are more than MOST_BLOCKS."""
    if len(blocks) > MOST_BLOCKS:
        return ()
    body = [_place(block, text) for block, text in zip(blocks, texts, strict=True) if text]
    for figure in _find_figures(layout):
        body.insert(_find_place(figure, body), make_page_block("figure", figure))
    headers = [make_page_block("header", line.box, line.text) for line in margins.top]
    footers = [make_page_block("footer", line.box, line.text) for line in margins.bottom]
    return (*headers, *body, *rotated, *footers)


def make_page_block(kind: BlockType, box: Box, text: str = "", level: int = 0) -> PageBlock:
    """A block at a place, to hundredths of a point."""
    sides = (round(box.x0, 2), round(box.y0, 2), round(box.x1, 2), round(box.y1, 2))
    return PageBlock(type=kind, box=sides, text=text, level=level)


def _place(block: Block, text: str) -> PageBlock:
    # Paragraphs are joined across columns: the lines know where a block stands.
    box = enclose(line.box for line in block.lines) if block.lines else block.box
    is_equation = block.kind == "paragraph" and text.startswith(r"\[") and text.endswith(r"\]")
    return make_page_block("equation" if is_equation else _TYPES[block.kind], box, text, block.level)


def _find_figures(layout: PageLayout) -> list[Box]:
    """Images and the figures of the layout model, without those inside of others."""
    found = [region.box for region in layout.regions if region.kind == "figure"]
    found += [box for image in layout.images[: 20 * _MOST_FIGURES] for box in _clip(image, layout)]
    kept: list[Box] = []
    for box in sorted(found, key=lambda one: -one.width * one.height):
        if len(kept) < _MOST_FIGURES and not any(o.overlap(box) > 0.9 * box.width * box.height for o in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: box.y0)


def _clip(image: Box, layout: PageLayout) -> Iterator[Box]:
    """The visible part of an image, if it is as large as a figure."""
    x0, x1 = (min(max(x, 0.0), layout.width) for x in (image.x0, image.x1))
    y0, y1 = (min(max(y, 0.0), layout.height) for y in (image.y0, image.y1))
    box = Box(x0, y0, x1, y1)
    most = _MOST_FIGURE_SHARE * layout.width * layout.height
    if min(box.width, box.height) >= _LEAST_FIGURE_SIDE and box.width * box.height <= most:
        yield box


def _find_place(figure: Box, body: Sequence[PageBlock]) -> int:
    """Before the first block in its column that is not above it."""
    for index, block in enumerate(body):
        left, top, right, _ = block.box
        if top >= figure.y0 and left < figure.x1 and right > figure.x0:
            return index
    return len(body)
