"""What turns a page image into a transcription, one module an engine."""
