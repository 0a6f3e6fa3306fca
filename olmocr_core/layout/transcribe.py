"""Transcribe a page layout: set the margins apart and render the rest as Markdown in reading order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from olmocr_core.domain.geometry import Box, PageLayout, Word, enclose
from olmocr_core.domain.models import Transcription
from olmocr_core.layout.blocks import Block, build_blocks
from olmocr_core.layout.footnotes import mark_footnotes
from olmocr_core.layout.headings import mark_headings
from olmocr_core.layout.joining import collect_vocabulary, ends_mid_sentence
from olmocr_core.layout.lines import Line, group_lines, measure_body_size, measure_mono_share
from olmocr_core.layout.margins import Margins, split_margins
from olmocr_core.layout.markdown import join_blocks, render_block
from olmocr_core.layout.order import find_reading_order
from olmocr_core.layout.page_blocks import collect_page_blocks, make_page_block
from olmocr_core.layout.rotated_text import make_upright, read_rotated_text
from olmocr_core.layout.smooth_line_heights import smooth_line_heights
from olmocr_core.layout.table_rejection import is_from_ocr
from olmocr_core.layout.tables_aligned import Table, build_region_table, find_aligned_tables, find_tables_between_rules
from olmocr_core.layout.tables_listed import find_listed_tables
from olmocr_core.layout.tables_ruled import find_ruled_tables

# A table's placeholder in the reading order; no text holds it (clean_text removes non-characters).
_PLACEHOLDER = "\uffff"
_TAG = re.compile(r"<[^>]+>")
_SIDE_MARGIN = 0.09
_TYPEWRITTEN = 0.6


def transcribe_layout(layout: PageLayout) -> Transcription:
    """Layout-aware Markdown of a page; every word ends in ``text``, ``header``, ``footer`` or ``dropped``."""
    layout = make_upright(layout)
    words = [word for word in layout.words if word.text.strip()]
    if not words:
        return _transcribe_tables(layout)
    size = measure_body_size(words)
    given = [Table(box, tuple(w for w in words if _is_inside(box, w)), html) for box, html in layout.tables]
    words = _exclude_table_words(words, given)
    straight = [word for word in words if word.rotation == 0]
    drawn = find_ruled_tables(words, layout.rulings, size)
    margins = split_margins(_exclude_table_words(straight, drawn), layout, size)
    furniture = set(map(id, _exclude_table_words(straight, drawn))) - set(map(id, margins.words))
    found = _find_tables([w for w in words if id(w) not in furniture], drawn, layout, size)
    tables = given + found
    left = _exclude_table_words(margins.words, found)
    turned = _exclude_table_words([word for word in words if word.rotation != 0], found)
    side = [word for word in turned if _is_at_side(word, layout)]
    inside = [word for word in turned if not _is_at_side(word, layout)]
    within = "\n".join(read_rotated_text(inside, layout))
    blocks = _build_ordered_blocks(left, tables, layout, size)
    known = collect_vocabulary(word.text for word in left)
    texts = [render_block(block, known) for block in blocks]
    text = "\n\n".join(part for part in (join_blocks(blocks, texts), within) if part)
    rotated = [make_page_block("paragraph", enclose(word.box for word in inside), within)] if within else []
    placed = collect_page_blocks(blocks, texts, rotated, margins, layout)
    transcription = _make_transcription(text, margins, read_rotated_text(side, layout), blocks)
    return transcription.model_copy(update={"blocks": placed, "page_size": (layout.width, layout.height)})


def _transcribe_tables(layout: PageLayout) -> Transcription:
    """A page without words of its own: the tables that were given, and figures."""
    tables = [Block("table", (), box, text=html) for box, html in layout.tables]
    texts = [block.text for block in tables]
    placed = collect_page_blocks(tables, texts, (), Margins(()), layout)
    return Transcription(text="\n\n".join(texts), blocks=placed, page_size=(layout.width, layout.height))


def _make_transcription(text: str, margins: Margins, side: list[str], blocks: Sequence[Block]) -> Transcription:
    in_tables = sum(len(_TAG.sub("", block.text)) for block in blocks if block.kind == "table")
    total = in_tables + sum(len(line.text) for block in blocks for line in block.lines)
    return Transcription(
        text=text,
        is_table=in_tables > 0.5 * total > 0,
        header=margins.header,
        footer=margins.footer,
        dropped=(*margins.dropped, *side),
    )


def extract_plain_text(layout: PageLayout) -> str:
    """All words in reading order without markup: one line per line, an empty line between paragraphs."""
    layout = make_upright(layout)
    words = [word for word in layout.words if word.text.strip()]
    straight = [word for word in words if word.rotation == 0]
    size = measure_body_size(words)
    paragraphs = []
    for part in find_reading_order(straight):
        for block in build_blocks(group_lines(part), size):
            paragraphs.append("\n".join(line.text for line in block.lines))
    paragraphs.extend(read_rotated_text([word for word in words if word.rotation != 0], layout))
    return "\n\n".join(paragraphs)


def _is_inside(box: Box, word: Word) -> bool:
    x, y = word.box.center
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def _is_at_side(word: Word, layout: PageLayout) -> bool:
    x = word.box.center[0]
    return x < _SIDE_MARGIN * layout.width or x > (1 - _SIDE_MARGIN) * layout.width


def _exclude_table_words(words: Sequence[Word], tables: Sequence[Table]) -> list[Word]:
    taken = {id(word) for table in tables for word in table.words}
    return [word for word in words if id(word) not in taken]


def _find_tables(words: Sequence[Word], drawn: Sequence[Table], layout: PageLayout, size: float) -> list[Table]:
    """Tables found by drawn lines, by the layout model, or by labels; aligned tables are found with the columns."""
    tables = list(drawn)
    rest = _exclude_table_words(words, tables)
    tables.extend(find_tables_between_rules(rest, layout.rulings, size))
    for region in layout.regions:
        rest = _exclude_table_words(words, tables)
        table = build_region_table(rest, region.box, layout.rulings, size) if region.kind == "table" else None
        if table is not None:
            tables.append(table)
    tables.extend(find_listed_tables(_exclude_table_words(words, tables), layout.rulings, size))
    return tables


def _build_ordered_blocks(
    words: Sequence[Word], tables: Sequence[Table], layout: PageLayout, size: float
) -> list[Block]:
    """Blocks in reading order: column by column, tables in their places, footnotes last."""
    marks = [Word(_PLACEHOLDER + str(i), table.box, size) for i, table in enumerate(tables)]
    estimated = is_from_ocr(words)
    code = measure_mono_share(words) < _TYPEWRITTEN
    blocks: list[Block] = []
    for part in find_reading_order([*words, *marks]):
        column = _build_column_blocks(part, tables, layout, size, code)
        _append_column(blocks, mark_footnotes(column, size, layout.height, layout.rulings))
    blocks = mark_headings(blocks, size, layout.regions, estimated=estimated)
    notes = [block for block in blocks if block.kind == "footnote"]
    return [block for block in blocks if block.kind != "footnote"] + notes


def _build_column_blocks(
    part: Sequence[Word], tables: Sequence[Table], layout: PageLayout, size: float, code: bool
) -> list[Block]:
    marks = sorted((w for w in part if w.text.startswith(_PLACEHOLDER)), key=lambda w: w.box.y0)
    words = [word for word in part if not word.text.startswith(_PLACEHOLDER)]
    lines = smooth_line_heights(group_lines(words)) if is_from_ocr(words) else group_lines(words)
    blocks: list[Block] = []
    for mark in marks:
        above = [line for line in lines if line.box.center[1] < mark.box.y0]
        lines = lines[len(above) :] if lines[: len(above)] == above else [ln for ln in lines if ln not in above]
        blocks.extend(_build_blocks_and_tables(above, layout, size, code))
        table = tables[int(mark.text[1:])]
        blocks.append(Block("table", (), table.box, text=table.html))
    return blocks + _build_blocks_and_tables(lines, layout, size, code)


def _build_blocks_and_tables(lines: Sequence[Line], layout: PageLayout, size: float, code: bool) -> list[Block]:
    blocks: list[Block] = []
    done = 0
    for first, stop, table in find_aligned_tables(lines, size, layout.rulings):
        blocks.extend(build_blocks(lines[done:first], size, code=code))
        blocks.append(Block("table", (), table.box, text=table.html))
        done = stop
    return blocks + build_blocks(lines[done:], size, code=code)


def _append_column(blocks: list[Block], column: list[Block]) -> None:
    """Append a column's blocks; its first paragraph may continue the last one of the previous column."""
    index = next((i for i in range(len(blocks) - 1, -1, -1) if blocks[i].kind in ("paragraph", "item")), None)
    first = column[0] if column else None
    if index is not None and first is not None and first.kind == "paragraph" and first.lines:
        before = blocks[index]
        between = blocks[index + 1 :]
        if _continues_paragraph(before, first) and all(b.kind in ("footnote", "table", "caption") for b in between):
            blocks[index] = replace(before, lines=before.lines + first.lines)
            column = column[1:]
    blocks.extend(column)


def _continues_paragraph(before: Block, after: Block) -> bool:
    last, first = before.lines[-1], after.lines[0]
    same = abs(last.size - first.size) <= 0.12 * max(last.size, first.size) and last.bold == first.bold
    starts_low = first.text[:1].islower() or last.text.endswith("-")
    return same and starts_low and ends_mid_sentence(last.text) and len(before.lines) + len(after.lines) > 2
