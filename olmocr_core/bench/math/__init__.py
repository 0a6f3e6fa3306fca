"""Equations compared as KaTeX draws them in a headless Chromium."""
