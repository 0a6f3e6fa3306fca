"""The head-to-head benchmark with the package ``olmocr``."""
