"""The second renderer: Poppler's pdftoppm through pdf2image, one process per page.

It runs as a child of the worker: in its process group, under its memory limit, and it dies with the worker.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from olmocr_core.domain.errors import RenderFailed
from olmocr_core.sandbox.inputs import name_input
from olmocr_core.sandbox.parent_death_signal import kill_children_with_parent
from olmocr_core.storage.os_errors import raise_fault

if TYPE_CHECKING:
    from PIL import Image

_TOOLS = ("pdftoppm", "pdfinfo")
# Its share of the page's time, so that exceeding it is an error of this renderer and not the end of the worker.
_TIME_SHARE = 0.6


def is_installed() -> bool:
    """Whether Poppler's tools are on the PATH; without them only the second renderer is missing."""
    return all(shutil.which(tool) for tool in _TOOLS)


def draw_with_poppler(
    location: str, page_number: int, longest_side: int, password: str, page_seconds: float, strict: bool = False
) -> Image.Image:
    """Draw the page's CropBox as ``RGB`` with ``longest_side`` pixels on the longer side.

    Raises RenderFailed; with ``strict`` also for a page that it draws with syntax errors.
    """
    if not is_installed():
        raise RenderFailed("Poppler is not installed (on Debian and Ubuntu: apt install poppler-utils)")
    # Imported here because it is seldom needed.
    from pdf2image import convert_from_path
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

    options: dict[str, Any] = {
        "first_page": page_number,
        "last_page": page_number,
        "size": longest_side,
        "use_cropbox": True,
        "userpw": password or None,
        "timeout": page_seconds * _TIME_SHARE,
        "strict": strict,
    }
    try:
        with kill_children_with_parent(), name_input(location) as name:
            images: list[Image.Image] = convert_from_path(name, **options)
    except PDFPopplerTimeoutError as error:
        raise RenderFailed(f"Poppler took longer than {options['timeout']:g} s") from error
    except (PDFPageCountError, PDFSyntaxError, ValueError, OSError) as error:
        raise_fault(error)
        # Its words name files of this machine, and parts of PDF that few people know.
        raise RenderFailed("Poppler cannot draw it") from error
    # For some broken files pdftoppm exits with status 0 and writes nothing, or a single white pixel.
    if not images or max(images[0].size) < longest_side - 1:
        raise RenderFailed("Poppler drew nothing")
    return images[0].convert("RGB")
