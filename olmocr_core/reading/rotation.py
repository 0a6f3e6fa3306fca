"""The one sign convention for turning page images: counter-clockwise degrees, as PIL's ROTATE_90 turns."""

from __future__ import annotations

from typing import cast

from olmocr_core.domain.models import Rotation


def add_rotation(rotation: int, correction: int) -> Rotation:
    """Add a correction to a rotation, both in counter-clockwise degrees, modulo 360. Raises ValueError off the quarter."""
    total = (rotation + correction) % 360
    if total % 90:
        raise ValueError(f"a page image turns in steps of 90 degrees, not by {correction}")
    return cast(Rotation, total)


def to_clockwise(rotation_ccw: int) -> Rotation:
    """The same turn, in the clockwise degrees that pdfium expects."""
    return add_rotation(0, -rotation_ccw)
