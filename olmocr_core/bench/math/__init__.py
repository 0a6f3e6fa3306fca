"""Equations compared as KaTeX draws them in a headless Chromium."""

from __future__ import annotations

from olmocr_core.bench.math.judge import KatexJudge, open_judge

__all__ = ["KatexJudge", "open_judge"]
