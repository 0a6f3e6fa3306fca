"""Read ground truth files into reference texts or tables, and compare texts with them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from pathlib import Path

from rapidfuzz.distance import Indel

from scripts.quality.models import CheckResult, Expectation
from scripts.quality.normalise import normalise, split_words, strip_markdown
from scripts.quality.tables import find_tables, join_rows

TEXT_LEAST = 0.9
# A reference may lack parts that tools read (a fact box, a caption): extra words cost less than lost ones.
F1_LEAST = 0.85
CELLS_LEAST = 0.9
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\s*", re.DOTALL)
_BOX_NUMBERS = 8

Rows = tuple[tuple[str, ...], ...]


def read_truth(path: Path, document: str, *, tool_made: bool) -> list[Expectation]:
    """Read the expectations of a ground truth file. Files without text (ICDAR regions) have none."""
    if path.suffix == ".xml":
        return _cells(document, path.name, _icdar_rows(path.read_text(encoding="utf-8")))
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return _fields(document, path.name, json.loads(content))
    if path.suffix == ".csv":
        rows = tuple(tuple(row) for row in csv.reader(io.StringIO(content)) if row)
        if _is_boxes(rows):
            return _text(document, path.name, _boxes_text(rows), TEXT_LEAST)
        return _cells(document, path.name, rows)
    body = _FRONT_MATTER.sub("", content)
    least = None if tool_made else TEXT_LEAST
    return _text(document, path.name, strip_markdown(body), least) + _markdown_cells(document, path.name, body)


def _text(document: str, name: str, truth: str, least: float | None) -> list[Expectation]:
    if not truth.strip():
        return []
    return [Expectation(document=document, id=f"{name}:text", rule="text", truth=truth, least=least)]


def _cells(document: str, name: str, rows: Rows) -> list[Expectation]:
    folded = tuple(tuple(normalise(cell) for cell in row if cell.strip()) for row in rows)
    wanted = tuple(row for row in folded if row)
    if not wanted:
        return []
    return [Expectation(document=document, id=f"{name}:cells", rule="cells", rows=wanted, least=CELLS_LEAST)]


def _markdown_cells(document: str, name: str, body: str) -> list[Expectation]:
    found = []
    for number, table in enumerate(find_tables(body), start=1):
        rows: dict[int, list[str]] = defaultdict(list)
        for cell in table:
            rows[cell.row].append(cell.text)
        found += _cells(document, f"{name}:{number}", tuple(tuple(rows[row]) for row in sorted(rows)))
    return found


def _fields(document: str, name: str, fields: dict[str, str]) -> list[Expectation]:
    return [
        Expectation(document=document, id=f"{name}:{key}", rule="appears", text=value) for key, value in fields.items()
    ]


def _icdar_rows(xml: str) -> Rows:
    rows: dict[tuple[str, str, int], list[tuple[int, str]]] = defaultdict(list)
    for table in ET.fromstring(xml).iter("table"):
        for region in table.iter("region"):
            for cell in region.iter("cell"):
                key = (table.get("id", ""), region.get("id", ""), int(cell.get("start-row", 0)))
                rows[key].append((int(cell.get("start-col", 0)), cell.findtext("content") or ""))
    return tuple(tuple(text for _, text in sorted(cells)) for _, cells in sorted(rows.items()))


def _is_boxes(rows: Rows) -> bool:
    return bool(rows) and all(
        len(row) > _BOX_NUMBERS and all(n.strip().isdigit() for n in row[:_BOX_NUMBERS]) for row in rows
    )


def _boxes_text(rows: Rows) -> str:
    """Order boxes (four corners, then text) from top to bottom; boxes at about the same height form a line."""
    placed = sorted((round(int(row[1]) / 10), int(row[0]), ",".join(row[_BOX_NUMBERS:])) for row in rows)
    return "\n".join(text for _, _, text in placed)


def check_text(expectation: Expectation, text: str) -> CheckResult:
    """Compare a text with the reference: recall and F1 of words, and edit similarity.

    Words count as a bag, without their order; recall (``least``) and F1 decide. The edit similarity also reflects order and
    layout.
    """
    mine, truth = strip_markdown(text), expectation.truth
    f1, recall = word_agreement(split_words(mine), split_words(truth))
    similarity = Indel.normalized_similarity(normalise(mine), normalise(truth))
    scores = {"words recall": recall, "words F1": f1, "edit similarity": similarity}
    why = ", ".join(f"{name} {score:.3f}" for name, score in scores.items())
    return CheckResult(recall >= (expectation.least or 0) and f1 >= F1_LEAST, why, scores)


def word_agreement(mine: list[str], truth: list[str]) -> tuple[float, float]:
    """The F1 and recall of two bags of words, 0 to 1; two empty bags agree."""
    if not mine and not truth:
        return 1.0, 1.0
    common = (Counter(mine) & Counter(truth)).total()
    return 2 * common / (len(mine) + len(truth)), common / max(len(truth), 1)


def check_cells(expectation: Expectation, text: str) -> CheckResult:
    """Compare tables: the share of reference cells in one row or line with the others of their row, and anywhere.

    For each reference row, the table row or text line with most of its cells counts. A line over three times as long as the
    row does not count: a whole page on one line would contain everything.
    """
    content = f" {normalise(strip_markdown(text))} "
    lines = join_rows(find_tables(text)) + [
        normalise(strip_markdown(line)) for line in text.splitlines() if line.strip()
    ]
    total = sum(map(len, expectation.rows))
    in_row = sum(_best_row(row, lines) for row in expectation.rows) / total
    anywhere = sum(f" {cell} " in content for row in expectation.rows for cell in row) / total
    why = f"{in_row:.0%} of {total} cells in their row, {anywhere:.0%} anywhere"
    return CheckResult(in_row >= (expectation.least or 0), why, {"cells in row": in_row, "cells": anywhere})


def _best_row(row: tuple[str, ...], lines: list[str]) -> int:
    longest = 3 * len(" ".join(row)) + 20
    held = max((_held(row, line) for line in lines if len(line) <= longest), default=0)
    return held if held > 1 or len(row) == 1 else 0


def _held(row: tuple[str, ...], line: str) -> int:
    """Count the cells of a row that a line contains, each at its own position."""
    rest, held = f" {line} ", 0
    for cell in sorted(row, key=len, reverse=True):
        if f" {cell} " in rest:
            rest = rest.replace(f" {cell} ", "  ", 1)
            held += 1
    return held
