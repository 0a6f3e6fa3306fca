"""From user space to the visible page."""

from __future__ import annotations

import pypdfium2 as pdfium
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.page_transform import PageTransform
from tests.core.pdf.making import one_page


def test_corners_of_a_rotated_page() -> None:
    transform = PageTransform(0, 0, 612, 792, 90)

    assert transform.to_page_point(0, 0) == (0, 0)
    assert transform.to_page_point(0, 792) == (792, 0)


def test_the_crop_box_is_the_visible_box() -> None:
    boxes = b"/MediaBox [0 0 612 792] /CropBox [50 600 612 792] /Rotate 90"
    with pdfium.PdfDocument(one_page(b"", boxes)) as document:
        transform = PageTransform.from_page(document[0])
    assert transform == PageTransform(50, 600, 612, 792, 90)
    assert (transform.width, transform.height) == (192, 562)


def test_the_middle_of_a_box_decides_whether_it_is_visible() -> None:
    transform = PageTransform(0, 0, 100, 200, 0)
    assert transform.is_visible(Box(90, 10, 110, 20))
    assert not transform.is_visible(Box(95, 10, 115, 20))


@given(st.integers(0, 100), st.integers(0, 200), st.sampled_from([0, 90, 180, 270]))
def test_points_of_the_visible_box_lie_on_the_page(x: int, y: int, rotate: int) -> None:
    transform = PageTransform(0, 0, 100, 200, rotate)
    across, down = transform.to_page_point(x, y)
    assert 0 <= across <= transform.width
    assert 0 <= down <= transform.height
    upright = PageTransform(0, 0, 100, 200, 0).to_page_point(x, y)
    assert sorted((min(across, transform.width - across), min(down, transform.height - down))) == sorted(
        (min(upright[0], 100 - upright[0]), min(upright[1], 200 - upright[1]))
    )


@given(st.tuples(*(st.integers(-50, 250),) * 4), st.sampled_from([0, 90, 180, 270]))
def test_any_two_opposite_corners_give_the_same_box(sides: tuple[int, int, int, int], rotate: int) -> None:
    transform = PageTransform(0, 0, 100, 200, rotate)
    x0, y0, x1, y1 = sides
    box = transform.to_page_box(x0, y0, x1, y1)
    assert box == transform.to_page_box(x1, y0, x0, y1) == transform.to_page_box(x1, y1, x0, y0)
    assert box.width >= 0
    assert box.height >= 0
