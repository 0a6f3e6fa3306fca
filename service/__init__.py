"""The HTTP door: documents come in over HTTP, become durable jobs, and leave as text. Stands on ``olmocr_core`` alone."""
