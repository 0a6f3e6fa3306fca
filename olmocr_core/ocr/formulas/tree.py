"""Build a tree from an equation's blobs: fractions, roots, tall signs, and rows of symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.formulas.connected_components import (
    Blob,
    TallSign,
    bounding_box,
    classify_tall_sign,
    is_bar,
    is_dot,
    is_plus,
    is_root,
)

_MAX_DEPTH = 5
_INTEGRAL_HEIGHT = 1.9


@dataclass(frozen=True, slots=True, eq=False)
class SymbolRow:
    """Symbols in a row, with their scripts, still to be recognised."""

    blobs: tuple[Blob, ...]

    @property
    def box(self) -> Box:
        """Its bounding box."""
        return bounding_box(self.blobs)


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """A tall delimiter, an integral, or a sign recognised by its shape alone."""

    text: str
    box: Box
    tall: bool


@dataclass(frozen=True, slots=True, eq=False)
class Fraction:
    """What stands over and under a bar."""

    over: tuple[Node, ...]
    under: tuple[Node, ...]
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """What stands under a radical sign."""

    inside: tuple[Node, ...]
    box: Box


Node = SymbolRow | Sign | Fraction | Root


def build_tree(blobs: Sequence[Blob], size: float, depth: int = 0) -> tuple[Node, ...]:
    """The nodes of one row from left to right; ``size`` is the page's type size in pixels."""
    if depth > _MAX_DEPTH or not blobs:
        return (SymbolRow(tuple(blobs)),) if blobs else ()
    left, nodes = join_broken_bars(blobs, size), list[Node]()
    for bar in sorted((blob for blob in left if is_bar(blob, size)), key=lambda blob: -blob.box.width):
        if bar in left and (found := _split_fraction(bar, left, size)):
            over, under = found
            box = bounding_box([bar, *over, *under])
            nodes.append(Fraction(build_tree(over, size, depth + 1), build_tree(under, size, depth + 1), box))
            left = [blob for blob in left if blob is not bar and blob not in over and blob not in under]
    for bar in [blob for blob in left if is_bar(blob, size)]:
        if bar in left and (taken := _find_root_hook(bar, left, size)):
            hook, under = taken
            nodes.append(Root(build_tree(under, size, depth + 1), bounding_box([hook, bar, *under])))
            left = [blob for blob in left if blob not in (hook, bar) and blob not in under]
    for root in [blob for blob in left if is_root(blob, size)]:
        inside = [blob for blob in left if blob is not root and _is_inside(blob, root.box)]
        if inside and root in left:
            nodes.append(Root(build_tree(inside, size, depth + 1), root.box))
            left = [blob for blob in left if blob is not root and blob not in inside]
    return tuple(_sort_nodes(nodes, left, size))


def _split_fraction(bar: Blob, blobs: Sequence[Blob], size: float) -> tuple[list[Blob], list[Blob]] | None:
    """The blobs connected with a bar above and below; None if either is missing, or the bar is half of a sign."""
    box, reach = bar.box, 0.12 * size
    within = [blob for blob in blobs if blob is not bar and box.x0 - reach < blob.box.center[0] < box.x1 + reach]
    within = [blob for blob in within if blob.box.x0 > box.x0 - 0.5 * size and blob.box.x1 < box.x1 + 0.5 * size]
    over = _collect_connected([blob for blob in within if blob.middle < bar.middle], bar, size, up=True)
    under = _collect_connected([blob for blob in within if blob.middle > bar.middle], bar, size, up=False)
    if not over or not under or _is_half_of_equals(bar, [*over, *under], size):
        return None
    letters = [[blob for blob in part if not is_dot(blob, size) and not is_bar(blob, size)] for part in (over, under)]
    return (over, under) if all(letters) else None


def join_broken_bars(blobs: Sequence[Blob], size: float) -> list[Blob]:
    """Join bars that broke in print: where ink stands directly over or under the break."""
    bars = sorted((blob for blob in blobs if is_bar(blob, size)), key=lambda blob: blob.box.x0)
    found = [blob for blob in blobs if blob not in bars]
    others = list(found)
    for bar in bars:
        before = next(
            (blob for blob in reversed(found) if is_bar(blob, size) and _is_same_bar(blob, bar, others, size)), None
        )
        if before is None:
            found.append(bar)
            continue
        box = before.box.union(bar.box)
        whole = np.ones((round(box.height), round(box.width)), np.uint8)
        found[found.index(before)] = Blob(box, before.area + bar.area, whole)
    return sorted(found, key=lambda blob: blob.box.x0)


def _is_same_bar(one: Blob, other: Blob, others: Sequence[Blob], size: float) -> bool:
    gap = other.box.x0 - one.box.x1
    if abs(one.middle - other.middle) > 0.14 * size or not -1 <= gap < 0.5 * size:
        return False
    middle = (one.box.x1 + other.box.x0) / 2
    return any(b.box.x0 < middle < b.box.x1 and abs(b.middle - one.middle) < 1.2 * size for b in others)


def _find_root_hook(bar: Blob, blobs: Sequence[Blob], size: float) -> tuple[Blob, list[Blob]] | None:
    """The radical sign of a bar that it does not touch, and the blobs under the bar."""
    for hook in blobs:
        box = hook.box
        beside = -0.5 * size < box.x1 - bar.box.x0 < 0.3 * size and abs(box.y0 - bar.middle) < 0.2 * size
        if not beside or hook is bar or box.height < 0.8 * size or is_bar(hook, size):
            continue
        within = [b for b in blobs if b not in (bar, hook) and bar.box.x0 < b.box.center[0] < bar.box.x1 + 0.2 * size]
        under = [b for b in within if bar.middle < b.middle < box.y1]
        if any(not is_bar(b, size) for b in under) and len(under) == len(
            [b for b in within if b.middle > bar.middle - size]
        ):
            return hook, under
    return None


def _is_half_of_equals(bar: Blob, near: Sequence[Blob], size: float) -> bool:
    """Whether a bar is half of an equals sign."""
    return any(is_bar(blob, size) and is_equals_sign(bar, blob, size) for blob in near)


def is_equals_sign(one: Blob, other: Blob, size: float) -> bool:
    """Whether two bars form an equals sign."""
    wide, narrow = max(one.box.width, other.box.width), min(one.box.width, other.box.width)
    close = abs(one.middle - other.middle) < 0.5 * size and abs(one.box.center[0] - other.box.center[0]) < 0.3 * narrow
    return wide < 1.5 * size and narrow > 0.7 * wide and close


def _collect_connected(blobs: list[Blob], bar: Blob, size: float, *, up: bool) -> list[Blob]:
    """The blobs connected with a bar: without a gap of half a row between them."""
    edge, taken = (bar.box.y0 if up else bar.box.y1), list[Blob]()
    for blob in sorted(blobs, key=lambda blob: -blob.box.y1 if up else blob.box.y0):
        white = edge - blob.box.y1 if up else blob.box.y0 - edge
        if white > (0.75 if not taken else 0.45) * size:
            break
        taken.append(blob)
        edge = min(edge, blob.box.y0) if up else max(edge, blob.box.y1)
    return taken


def _is_inside(blob: Blob, box: Box) -> bool:
    x, y = blob.box.center
    return box.x0 < x < box.x1 and box.y0 < y < box.y1 + 0.1 * box.height


def _sort_nodes(nodes: Sequence[Node], blobs: Sequence[Blob], size: float) -> list[Node]:
    """Nodes and the blobs between them, left to right: symbols in rows, tall signs by themselves."""
    items: list[Node | Blob] = [*nodes, *blobs]
    ordered: list[Node] = []
    run: list[Blob] = []
    for item in sorted(items, key=lambda item: item.box.x0):
        sign = _classify_tall_blob(item, size) if isinstance(item, Blob) else None
        if isinstance(item, Blob) and sign is None:
            run.append(item)
            continue
        ordered += _make_nodes(run, size)
        run = []
        ordered.append(Sign(sign, item.box, tall=True) if sign else item)  # type: ignore[arg-type]
    return [*ordered, *_make_nodes(run, size)]


def _classify_tall_blob(blob: Blob, size: float) -> TallSign | None:
    """The sign of a tall blob; integrals vary too much in shape to recognise them by more than height."""
    known = classify_tall_sign(blob, size)
    return (
        "∫"
        if known is None and blob.box.height > _INTEGRAL_HEIGHT * size and blob.box.width < blob.box.height
        else known
    )


def _make_nodes(blobs: Sequence[Blob], size: float) -> list[Node]:
    """A row of symbols as it is, or the sign that a few bars form, which the recogniser cannot read alone."""
    if not blobs:
        return []
    bars = [blob for blob in blobs if is_bar(blob, size)]
    dots = [blob for blob in blobs if is_dot(blob, size) and blob not in bars]
    if len(bars) + len(dots) == len(blobs):
        return sorted([*_classify_dots(dots), *_classify_bars(bars, size)], key=lambda node: node.box.x0)
    if len(blobs) == 1 and is_plus(blobs[0], size):
        return [Sign("+", blobs[0].box, tall=False)]
    return [SymbolRow(tuple(blobs))]


def _classify_dots(dots: Sequence[Blob]) -> list[Node]:
    """Three dots of a triangle or an ellipsis; fewer are the end of a sentence."""
    if len(dots) != 3:
        return []
    left, middle, right = sorted(dots, key=lambda dot: dot.box.center[0])
    if abs(middle.middle - (left.middle + right.middle) / 2) < 0.5 * middle.box.height:
        return [Sign("…", bounding_box(dots), tall=False)]
    return [Sign("∴" if middle.middle < left.middle else "∵", bounding_box(dots), tall=False)]


def _classify_bars(bars: list[Blob], size: float) -> list[Node]:
    found: list[Node] = []
    while bars:
        first = bars.pop(0)
        pair = next((bar for bar in bars if is_equals_sign(first, bar, size)), None)
        if pair is not None:
            bars.remove(pair)
        box = first.box if pair is None else first.box.union(pair.box)
        found.append(Sign("-" if pair is None else "=", box, tall=False))
    return found
