"""Drawing pages of all kinds, and which renderer does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from olmocr_core.domain.errors import PageTooLarge, RenderFailed
from olmocr_core.domain.settings import Limits, Render
from olmocr_core.pdf import poppler
from olmocr_core.pdf.draw import compute_pixel_size, draw_page
from tests.core.pdf.making import (
    darkest_corner,
    document,
    many_pages,
    one_page,
    page,
    session,
)

needs_poppler = pytest.mark.skipif(not poppler.is_installed(), reason="Poppler is not installed")
LOST = "cannot be found in the file: the list of pages is damaged or ends before it"
RENDERERS = ["pdfium", pytest.param("poppler", marks=needs_poppler)]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_rotation_and_crop_box_are_applied(tmp_path: Path, renderer: Any) -> None:
    """/Rotate (clockwise) is applied and only the CropBox is shown."""
    boxes = b"/MediaBox [0 0 612 792] /CropBox [0 392 300 792] /Rotate 90"
    content = b"0 g 0 742 40 50 re f 400 100 100 100 re f"
    ref = page(document(tmp_path / "a.pdf", one_page(content, boxes)))
    drawing = draw_page(session(render=Render(renderer=renderer)), ref, 400)
    assert drawing.image.size == (400, 300)
    assert darkest_corner(drawing.image) == "top-right"
    ink = sum(drawing.image.convert("L").histogram()[:128]) / (400 * 300)
    assert ink == pytest.approx(40 * 50 / (300 * 400), rel=0.05)


def test_the_second_renderer_replaces_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = document(tmp_path / "a.pdf", one_page(b"").replace(b"/Kids [3 0 R] /Count 1", b"/Kids [3 0 R] /Count 2"))
    monkeypatch.setattr(poppler, "draw_with_poppler", lambda *_: Image.new("RGB", (10, 20), "white"))
    drawing = draw_page(session(), page(of, 2), 20)
    assert (drawing.renderer, drawing.image.size) == ("poppler", (10, 20))
    assert drawing.notes == (f"drawn by poppler, because page 2 {LOST}",)


def test_without_poppler_only_the_second_renderer_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    of = document(tmp_path / "a.pdf", many_pages(1))
    drawing = draw_page(session(render=Render(renderer="poppler")), page(of), 100)
    assert drawing.renderer == "pdfium"
    assert "Poppler is not installed" in drawing.notes[0]
    with pytest.raises(RenderFailed, match=f"page 2 {LOST}; Poppler is not installed"):
        draw_page(session(), page(of, 2), 100)


@given(st.floats(0.01, 20_000), st.floats(0.01, 20_000), st.sampled_from([64, 1288, 5000]))
def test_the_longer_side_is_exact_and_the_shorter_in_proportion(width: float, height: float, side: int) -> None:
    found = compute_pixel_size((width, height), side, Limits())
    assert max(found) == side
    assert min(found) == max(1, round(min(width, height) / max(width, height) * side))


@pytest.mark.parametrize("points", [(0.0, 5.0), (-1.0, 5.0), (float("nan"), 1.0), (float("inf"), 1.0)])
def test_pages_without_a_size_fail(points: tuple[float, float]) -> None:
    with pytest.raises(RenderFailed, match="no size"):
        compute_pixel_size(points, 100, Limits())


def test_the_pixel_limit_holds_for_renderings() -> None:
    with pytest.raises(PageTooLarge, match=r"8192 x 8192 .*page_megapixels = 50"):
        compute_pixel_size((100, 100), 8192, Limits())
