"""From user space to the visible page."""

from __future__ import annotations

from olmocr_core.pdf.page_transform import PageTransform


def test_corners_of_a_rotated_page() -> None:
    transform = PageTransform(0, 0, 612, 792, 90)

    assert transform.to_page_point(0, 0) == (0, 0)
    assert transform.to_page_point(0, 792) == (792, 0)
