"""Blobs to fractions, roots and signs."""

from __future__ import annotations

from olmocr_core.ocr.formulas.connected_components import (
    is_root,
)
from olmocr_core.ocr.formulas.tree import Fraction, Root, Sign, SymbolRow, build_tree
from tests.core.ocr.formulas.sheet import SIZE, Sheet


def test_a_bar_with_something_over_and_under_it_is_a_fraction() -> None:
    nodes = build_tree(Sheet().write(20, 200, "x").write(70, 200, "=").over(120, 90, 200, "a", "b").blobs, SIZE)
    assert [type(node) for node in nodes] == [SymbolRow, Fraction]
    fraction = nodes[1]
    assert isinstance(fraction, Fraction)
    assert len(fraction.over) == len(fraction.under) == 1


def test_fractions_nest() -> None:
    sheet = Sheet().bar(100, 300, 200).bar(150, 200, 140).write(160, 130, "a").write(160, 185, "b").write(160, 240, "c")
    (outer,) = build_tree(sheet.blobs, SIZE)
    assert isinstance(outer, Fraction)
    assert isinstance(outer.over[0], Fraction)


def test_two_bars_are_an_equals_sign_and_three_dots_are_therefore() -> None:
    nodes = build_tree(Sheet().bar(100, 130, 180).bar(100, 130, 192).blobs, SIZE)
    assert [node.text for node in nodes if isinstance(node, Sign)] == ["="]
    dots = Sheet().write(100, 200, ".").write(110, 184, ".").write(120, 200, ".").blobs
    assert [node.text for node in build_tree(dots, SIZE) if isinstance(node, Sign)] == ["∴"]


def test_a_broken_bar_is_joined_where_ink_stands_over_the_break() -> None:
    whole = Sheet().bar(100, 180, 186).bar(190, 260, 186).write(150, 170, "mwm").write(160, 228, "c")
    (node,) = build_tree(whole.blobs, SIZE)
    assert isinstance(node, Fraction)
    assert len(build_tree(Sheet().over(100, 60, 200, "a", "b").over(172, 60, 200, "a", "b").blobs, SIZE)) == 2


def test_blobs_under_a_radical_belong_to_it() -> None:
    sheet = Sheet().write(160, 200, "ab")
    sheet.draw.line([(100, 185), (112, 205), (130, 160), (240, 160)], fill="black", width=4)
    assert any(is_root(blob, SIZE) for blob in sheet.blobs)
    (node,) = build_tree(sheet.blobs, SIZE)
    assert isinstance(node, Root)
    assert not any(is_root(blob, SIZE) for blob in Sheet().write(100, 200, "VTE").blobs)
