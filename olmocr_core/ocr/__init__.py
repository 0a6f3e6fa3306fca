"""From pixels to boxes: orientation, deskew, text recognition, layout and table models."""
