"""The page for people at ``/``: documents in, pages beside their text as they finish."""
