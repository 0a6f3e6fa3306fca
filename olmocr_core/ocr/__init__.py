"""OCR: from pixels to boxes. Orientation, rectification, text detection and recognition, and layout regions."""
