"""Everything that is true without an orchestrator: PDFs and page images into clean, linearised text."""
