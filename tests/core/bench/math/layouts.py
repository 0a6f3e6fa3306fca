"""Layouts of characters on a grid of 10 by 30 pixels."""

from __future__ import annotations

from olmocr_core.bench.math.layout import Layout, Symbol, make_layout


def symbol(text: str, column: float, row: float, width: float = 8) -> Symbol:
    return Symbol(text=text, x=10 * column, y=30 * row, width=width, height=20)


def grid(*rows: str) -> Layout:
    return make_layout(symbol(char, x, y) for y, row in enumerate(rows) for x, char in enumerate(row) if char != " ")
