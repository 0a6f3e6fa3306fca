"""The comparison with the package ``olmocr``."""
