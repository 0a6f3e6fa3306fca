"""Everything that is true without an orchestrator: PDFs and page images into clean, linearised text."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from olmocr_core.stages.document_reader import open_reader, open_reader_sync
    from olmocr_core.stages.process_file import process_pdf_file, process_pdf_file_async

__all__ = ["open_reader", "open_reader_sync", "process_pdf_file", "process_pdf_file_async"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for: ``import olmocr_core`` and the command line's help stay instant.
    if name in __all__:
        module = "document_reader" if name.startswith("open_reader") else "process_file"
        return getattr(importlib.import_module(f"olmocr_core.stages.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
