"""Tables by their picture (SLANet-plus), filled with the words that OCR read; only where the result is plausible."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.geometry import Box, Region, Word
from olmocr_core.ocr.models import Network, Pixels


def read_tables(
    network: Network, image: Pixels, regions: Sequence[Region], words: Sequence[Word]
) -> list[tuple[Box, str]]:
    """HTML for each table region whose structure holds all its words; the others are left to the layout step."""
    return []
