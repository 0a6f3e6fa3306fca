"""The console script ``olmocr-flows``: one command a file."""
