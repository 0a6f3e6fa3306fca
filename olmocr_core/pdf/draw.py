"""Draw a page as pixels: pdfium first, Poppler if it fails (or the other way round, by setting), Pillow for images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from olmocr_core.domain.errors import PageTooLarge, RenderFailed
from olmocr_core.domain.models import PageRef, Rotation
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.fonts import describe_missing_fonts
from olmocr_core.pdf.open_pdf import open_session_pdf
from olmocr_core.pdf.quick_text import read_quick_text
from olmocr_core.sandbox.session import WorkerSession

_ROTATIONS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
# Annotations and form values belong to the visible page. Both Pillow and the colour test read RGBx.
_FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
_STRIPE = 32
Renderer = Literal["pdfium", "poppler"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page as pixels (mode ``L`` or ``RGB``), the renderer that drew it, and notes for the page's record.

    ``has_undrawn_text``: the page holds text whose font is missing, so the pixels do not show all of it. ``is_empty``:
    the renderer found nothing to draw. ``layer``: the page's own words, see ``read_quick_text``.
    """

    image: Image.Image
    renderer: str
    notes: tuple[str, ...] = ()
    has_undrawn_text: bool = False
    is_empty: bool = False
    layer: str | None = None


_Renderers = dict[Renderer, Callable[[], Drawing]]


def draw_page(
    session: WorkerSession,
    ref: PageRef,
    longest_side: int,
    rotation_ccw: Rotation = 0,
    only: Renderer | None = None,
    *,
    strict: bool = False,
) -> Drawing:
    """Draw a page at ``longest_side`` pixels, turned counter-clockwise; images are never enlarged.

    With ``strict``, Poppler fails at any syntax error. A page without colour is returned as ``L``. Raises RenderFailed if
    no renderer succeeds, PageTooLarge, and what opening raises.
    """
    if ref.kind == "pdf":
        return _draw_with_fallback(_make_renderers(session, ref, longest_side, rotation_ccw, strict), session, only)
    from olmocr_core.pdf.images import draw_frame
    from olmocr_core.pdf.open_pdf import check_kind, check_unchanged

    limits = session.settings.limits
    check_unchanged(ref, limits)
    check_kind(ref.location, "image")
    image = draw_frame(ref.location, ref.page_number, longest_side, limits)
    return Drawing(_reduce_to_gray(_rotate(image, rotation_ccw)), "pillow")


def _make_renderers(
    session: WorkerSession, ref: PageRef, longest_side: int, rotation_ccw: Rotation, strict: bool
) -> _Renderers:
    opened = open_session_pdf(session, ref)
    limits = session.settings.limits

    def with_pdfium() -> Drawing:
        with opened.page(ref.page_number) as page:
            image = _draw_with_pdfium(page, longest_side, rotation_ccw, limits)
            missing = describe_missing_fonts(page)
            empty = pdfium.FPDFPage_CountObjects(page) == 0
            layer = read_quick_text(page, session.settings.routing)
            return Drawing(image, "pdfium", missing, has_undrawn_text=bool(missing), is_empty=empty, layer=layer)

    def with_poppler() -> Drawing:
        from olmocr_core.pdf import poppler

        image = poppler.draw_with_poppler(
            ref.location, ref.page_number, longest_side, opened.password, limits.page_seconds, strict
        )
        return Drawing(_reduce_to_gray(_rotate(image, rotation_ccw)), "poppler")

    return {"pdfium": with_pdfium, "poppler": with_poppler}


def _draw_with_fallback(renderers: _Renderers, session: WorkerSession, only: Renderer | None) -> Drawing:
    order = [only] if only else sorted(renderers, key=lambda name: name != session.settings.render.renderer)
    reasons = []
    for name in order:
        try:
            drawing = renderers[name]()
        except RenderFailed as error:
            reasons.append(str(error))
        else:
            failed = tuple(f"drawn by {name}, because {reason}" for reason in reasons)
            return replace(drawing, notes=failed + drawing.notes)
    raise RenderFailed("; ".join(reasons))


def _draw_with_pdfium(page: pypdfium2.PdfPage, longest_side: int, rotation_ccw: int, limits: Limits) -> Image.Image:
    width, height = compute_pixel_size(page.get_size(), longest_side, limits)
    if rotation_ccw in (90, 270):
        width, height = height, width
    try:
        bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGRx, rev_byteorder=True)
    except pypdfium2.PdfiumError as error:
        raise RenderFailed(f"pdfium cannot allocate a bitmap of {width} x {height} pixels") from error
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        # pdfium turns clockwise, in quarter turns.
        where = (0, 0, width, height, (-rotation_ccw // 90) % 4, _FLAGS)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, *where)
        if page.formenv:
            pdfium.FPDF_FFLDraw(page.formenv, bitmap, page, *where)
        return _convert_bitmap(bitmap)
    finally:
        bitmap.close()


def compute_pixel_size(points: tuple[float, float], longest_side: int, limits: Limits) -> tuple[int, int]:
    """Pixels for a page of this size in points: the longer side exact, the shorter at least 1.

    Raises RenderFailed for a page without extent, PageTooLarge above the limit.
    """
    longest = max(points)
    if not 0 < longest < float("inf") or min(points) <= 0:
        raise RenderFailed(f"the page has no size ({points[0]:g} x {points[1]:g} points)")
    width, height = (max(1, round(side * longest_side / longest)) for side in points)
    if width * height > limits.page_megapixels * 1e6:
        raise PageTooLarge(f"{width} x {height} pixels exceed limits.page_megapixels = {limits.page_megapixels:g}")
    return width, height


def _convert_bitmap(bitmap: pypdfium2.PdfBitmap) -> Image.Image:
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = np.frombuffer(bitmap.buffer, np.uint32).reshape(height, stride // 4)[:, :width]
    # Stripes fit the processor's cache, and the first few reveal a coloured page.
    stripes = (pixels[top : top + _STRIPE] for top in range(0, height, _STRIPE))
    if all(not ((stripe ^ (stripe >> 8)) & 0xFFFF).any() for stripe in stripes):
        return Image.fromarray((pixels & 0xFF).astype(np.uint8))
    return Image.frombytes("RGB", (width, height), bytes(bitmap.buffer), "raw", "RGBX", stride, 1)


def _reduce_to_gray(image: Image.Image) -> Image.Image:
    if image.mode != "RGB":
        return image
    red, green, blue = image.split()
    coloured = any(ImageChops.difference(green, other).getbbox() for other in (red, blue))
    return image if coloured else green


def _rotate(image: Image.Image, rotation_ccw: Rotation) -> Image.Image:
    return image.transpose(_ROTATIONS[rotation_ccw]) if rotation_ccw else image
