"""olmOCR-bench: checks on the text of pages, how they are scored, and what comes of it."""
