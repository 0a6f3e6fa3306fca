"""The steps of a run, one function each, over references: what tasks call, and what a test can call without Prefect."""

from olmocr_core.stages import documents, output, pages

__all__ = ["documents", "output", "pages"]
