"""Drawn lines of a page (table borders, rules) and the boxes of its images, from pdfium's page objects."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.pdf.page_transform import PageTransform

# A map or plot may hold a hundred thousand paths; none of them is a table.
_MAX_OBJECTS = 8000
_MAX_SEGMENTS = 30_000
_MAX_SEGMENTS_A_PATH = 2000
_MAX_DEPTH = 4
_MAX_THICKNESS = 3.0
_MAX_SLOPE = 0.8
# The bar of a small fraction is this long.
_MIN_LENGTH = 2.5

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass
class ObjectBudget:
    """Page objects and path segments that may still be read."""

    objects: int = _MAX_OBJECTS
    segments: int = _MAX_SEGMENTS


def read_drawings(page: pdfium.PdfPage, transform: PageTransform) -> tuple[tuple[Ruling, ...], tuple[Box, ...]]:
    """Read straight lines and image boxes, in points of the visible page.

    Thin filled boxes count as lines, white ones do not.
    """
    rulings: list[Ruling] = []
    images: list[Box] = []
    budget = ObjectBudget()
    for handle, matrix in iter_objects(page.raw, budget):
        kind = pdfium_c.FPDFPageObj_GetType(handle)
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            box = read_bounds(handle, matrix, transform)
            if box is not None:
                images.append(box)
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            rulings.extend(_find_path_rulings(handle, matrix, transform, budget))
    page_area = transform.width * transform.height
    inside = [r for r in rulings if transform.is_visible(r.box) and r.box.width * r.box.height < page_area]
    return tuple(dict.fromkeys(inside)), tuple(images)


def iter_objects(page: Any, budget: ObjectBudget) -> Iterator[tuple[Any, Matrix]]:
    """The objects of a page, those in its forms too, each with the matrix to user space."""
    for index in range(pdfium_c.FPDFPage_CountObjects(page)):
        yield from _expand_forms(pdfium_c.FPDFPage_GetObject(page, index), _IDENTITY, budget, 0)
        if budget.objects <= 0:
            return


def _expand_forms(handle: Any, matrix: Matrix, budget: ObjectBudget, depth: int) -> Iterator[tuple[Any, Matrix]]:
    """Yield the object itself, or the objects of a form, with the matrix to user space."""
    budget.objects -= 1
    if not handle or budget.objects <= 0:
        return
    if pdfium_c.FPDFPageObj_GetType(handle) != pdfium_c.FPDF_PAGEOBJ_FORM:
        yield handle, matrix
        return
    if depth >= _MAX_DEPTH:
        return
    inner = _multiply_matrices(_read_matrix(handle), matrix)
    for index in range(pdfium_c.FPDFFormObj_CountObjects(handle)):
        yield from _expand_forms(pdfium_c.FPDFFormObj_GetObject(handle, index), inner, budget, depth + 1)


def _read_matrix(handle: Any) -> Matrix:
    found = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(handle, ctypes.byref(found)):
        return _IDENTITY
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _multiply_matrices(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    return (
        a * then[0] + b * then[2],
        a * then[1] + b * then[3],
        c * then[0] + d * then[2],
        c * then[1] + d * then[3],
        e * then[0] + f * then[2] + then[4],
        e * then[1] + f * then[3] + then[5],
    )


def _transform_point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def read_bounds(handle: Any, matrix: Matrix, transform: PageTransform) -> Box | None:
    """The box of an object on the visible page, in points; None for one that is not on it."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(handle, *(ctypes.byref(side) for side in sides)):
        return None
    left, bottom, right, top = (side.value for side in sides)
    box = transform.to_page_box(*_transform_point(matrix, left, bottom), *_transform_point(matrix, right, top))
    box = Box(max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, transform.width), min(box.y1, transform.height))
    return box if box.width > 0 and box.height > 0 else None


def _find_path_rulings(handle: Any, matrix: Matrix, transform: PageTransform, budget: ObjectBudget) -> list[Ruling]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(handle, ctypes.byref(fill), ctypes.byref(stroke)):
        return []
    stroked = bool(stroke.value) and not _is_white(handle, stroke=True)
    painted = stroked or (bool(fill.value) and not _is_white(handle, stroke=False))
    count = pdfium_c.FPDFPath_CountSegments(handle)
    if not painted or count > _MAX_SEGMENTS_A_PATH or budget.segments < count:
        return []
    budget.segments -= count
    full = _multiply_matrices(_read_matrix(handle), matrix)
    rulings: list[Ruling] = []
    for points, closed in _iter_subpaths(handle, count, full, transform):
        rulings.extend(_find_subpath_rulings(points, closed=closed or bool(fill.value), stroked=stroked))
    return rulings


def _is_white(handle: Any, *, stroke: bool) -> bool:
    parts = [ctypes.c_uint() for _ in range(4)]
    ask = pdfium_c.FPDFPageObj_GetStrokeColor if stroke else pdfium_c.FPDFPageObj_GetFillColor
    if not ask(handle, *(ctypes.byref(part) for part in parts)):
        return False
    red, green, blue, alpha = (part.value for part in parts)
    return min(red, green, blue) >= 250 or alpha == 0


Point = tuple[float, float]


def _iter_subpaths(
    handle: Any, count: int, matrix: Matrix, transform: PageTransform
) -> Iterator[tuple[list[Point | None], bool]]:
    """The points of each subpath on the visible page (None where a curve interrupts it), and whether it is closed."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Point | None] = []
    closed = False
    for index in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(handle, index)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        pdfium_c.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO and points:
            yield points, closed
            points, closed = [], False
        if kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
            points.append(None)
        points.append(transform.to_page_point(*_transform_point(matrix, x.value, y.value)))
        closed = closed or bool(pdfium_c.FPDFPathSegment_GetClose(segment))
    if points:
        yield points, closed


def _find_subpath_rulings(points: list[Point | None], *, closed: bool, stroked: bool) -> list[Ruling]:
    """The sides of a stroked outline; of a filled one, thin boxes only: the edge of a shaded cell is not a line."""
    solid = [point for point in points if point is not None]
    if len(solid) == len(points) and len(points) >= 4 and closed:
        xs, ys = [p[0] for p in solid], [p[1] for p in solid]
        box = Box(min(xs), min(ys), max(xs), max(ys))
        if min(box.width, box.height) <= _MAX_THICKNESS:
            return [Ruling(box)] if max(box.width, box.height) >= _MIN_LENGTH else []
    if not stroked:
        return []
    found = []
    ring = [*points, points[0]] if closed else points
    for start, end in itertools.pairwise(ring):
        if start is None or end is None:
            continue
        box = Box(min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))
        if min(box.width, box.height) <= _MAX_SLOPE and max(box.width, box.height) >= _MIN_LENGTH:
            found.append(Ruling(box))
    return found
