"""Rotations of page images, all in counter-clockwise degrees, like PIL's ROTATE_90."""

from __future__ import annotations

from typing import cast

from olmocr_core.domain.models import Rotation


def add_rotation(rotation: int, correction: int) -> Rotation:
    """Add a correction to a rotation, modulo 360. Raises ValueError for anything but multiples of 90 degrees."""
    total = (rotation + correction) % 360
    if total % 90:
        raise ValueError(f"a page image rotates in steps of 90 degrees, not by {correction}")
    return cast(Rotation, total)


def to_clockwise(rotation_ccw: int) -> Rotation:
    """Convert a rotation to clockwise degrees, as pdfium expects."""
    return add_rotation(0, -rotation_ccw)
