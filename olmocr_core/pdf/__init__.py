"""Everything that touches PDF and image bytes: opening, inspection, rendering, text layers, fonts.

Of this package the main process imports ``page_reader``, ``poppler`` and ``file_type``; the rest runs in workers
(``olmocr_core.sandbox``).
"""
