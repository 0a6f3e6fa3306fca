"""The page of the fixture ``printed``: what it says, and settings that read it quickly."""

from __future__ import annotations

from olmocr_core.domain.settings import Cpu
from olmocr_core.ocr.page import OcrPage

PLAIN = Cpu(ocr_model="tiny", layout_model=False)
TRUTH = (
    "This is a lot of 12 point text to test the ocr code and see if it works on all types of file format. "
    "The quick brown dog jumped over the lazy fox. The quick brown dog jumped over the lazy fox. "
    "The quick brown dog jumped over the lazy fox. The quick brown dog jumped over the lazy fox."
)


def written(page: OcrPage) -> str:
    """The words of a page in their order."""
    return " ".join(word.text for word in page.layout.words)
