"""Render a page to an encoded page image, and report facts about it.

Why JPEG of quality 90 is the default encoding: on 38 pages of all kinds at 1288 px it takes 3.6 ms and 232 kB a page,
PNG at its fastest level 42 ms and 426 kB, WebP of quality 90 42 ms and 155 kB, lossless WebP 34 ms and 375 kB; drawing
the page takes about 15 ms. JPEG differs from the drawing by 43 dB (median; 32.6 dB on the worst page, a coloured scan),
which no reader of text notices. PNG serves those who need exact pixels, at level 1: level 6 takes 96 ms to save 3%.
Full chroma (4:4:4) costs 40% more time for less than 1 dB. Pages without colour, nearly half of them, are encoded as
gray.
"""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from olmocr_core.domain.errors import DamagedImage, RenderFailed
from olmocr_core.domain.models import PageImage, PageRef, Rotation
from olmocr_core.domain.settings import Render
from olmocr_core.pdf.blank_page import measure_ink
from olmocr_core.pdf.draw import Drawing, Renderer, draw_page
from olmocr_core.pdf.image_damage import find_damaged_image
from olmocr_core.pdf.open_pdf import open_session_pdf
from olmocr_core.sandbox.session import WorkerSession

__all__ = ["draw_page", "encode_image", "render_page"]

_CROSS_CHECK_SHARE = 0.1


def render_page(
    session: WorkerSession, ref: PageRef, rotation_ccw: Rotation = 0, only: Renderer | None = None
) -> tuple[bytes, PageImage]:
    """Render the page image by the session's settings; the operation behind ``PageReader.render``.

    With ``only``, a PDF is drawn by that renderer or not at all. Raises PageTooLarge, RenderFailed, DamagedImage, and
    what opening the document raises.
    """
    settings = session.settings.render
    drawing = draw_page(session, ref, settings.longest_side, rotation_ccw, only)
    ink, is_blank = measure_ink(drawing.image, settings.blank_ink)
    if is_blank and drawing.is_empty and _is_content_lost(session, ref):
        raise RenderFailed("nothing on the page can be drawn: its content is damaged or missing")
    if is_blank and only is None and (damage := find_damaged_image(session, ref)):
        drawing = _draw_with_poppler(session, ref, rotation_ccw, damage)
        ink, is_blank = measure_ink(drawing.image, settings.blank_ink)
    facts = PageImage(
        width=drawing.image.width,
        height=drawing.image.height,
        rotation_ccw=rotation_ccw,
        encoding=settings.encoding,
        renderer=drawing.renderer,
        ink=round(ink, 6),
        # Text whose font is missing is on the page although it is invisible.
        is_blank=is_blank and not drawing.has_undrawn_text,
        notes=drawing.notes,
        layer=drawing.layer,
    )
    return encode_image(drawing.image, settings), facts


def _is_content_lost(session: WorkerSession, ref: PageRef) -> bool:
    # pdfium draws damaged content as an empty page, and Poppler never rescued one: without this check the page would
    # count as blank.
    from olmocr_core.pdf.cross_check import has_painted_content

    seconds = session.settings.limits.page_seconds * _CROSS_CHECK_SHARE
    return bool(has_painted_content(ref.location, ref.page_number, open_session_pdf(session, ref).password, seconds))


def _draw_with_poppler(session: WorkerSession, ref: PageRef, rotation_ccw: Rotation, damage: str) -> Drawing:
    """Let Poppler draw an image that pdfium cannot. Raises DamagedImage if it draws nothing, or reports damage itself."""
    settings = session.settings.render
    if ref.kind == "image":
        raise DamagedImage(damage)
    try:
        drawing = draw_page(session, ref, settings.longest_side, rotation_ccw, "poppler", strict=True)
    except RenderFailed as error:
        raise DamagedImage(damage) from error
    if measure_ink(drawing.image, settings.blank_ink)[1]:
        raise DamagedImage(damage)
    return replace(drawing, notes=(f"drawn by poppler, because pdfium does not draw all of it: {damage}",))


def encode_image(image: Image.Image, settings: Render) -> bytes:
    """Encode an image as JPEG or PNG, by the settings."""
    target = io.BytesIO()
    if settings.encoding == "jpeg":
        image.save(target, "JPEG", quality=settings.jpeg_quality)
    else:
        image.save(target, "PNG", compress_level=1)
    return target.getvalue()
