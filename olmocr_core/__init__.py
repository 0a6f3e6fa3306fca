"""Everything that is true without an orchestrator: PDFs and page images into clean, linearised text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from olmocr_core.stages.process_file import process_pdf_file, process_pdf_file_async

__all__ = ["process_pdf_file", "process_pdf_file_async"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for: ``import olmocr_core`` and the command line's help stay instant.
    if name in __all__:
        from olmocr_core.stages import process_file

        return getattr(process_file, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
