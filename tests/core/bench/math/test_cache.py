from __future__ import annotations

import pytest

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.drawing import Drawing


@pytest.fixture
def cache(tmp_path):
    return DrawingCache(tmp_path / "equations", with_fonts=True)


def test_drawings_with_other_fonts_are_stored_separately(cache, tmp_path):
    cache.put("x", Drawing(mathml="with"))
    assert DrawingCache(tmp_path / "equations", with_fonts=False).get("x") is None
    assert cache.get("x") == Drawing(mathml="with")
