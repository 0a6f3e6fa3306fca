"""Models, loaded once for all tests, and a page of print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.models import ModelCache, Pixels


@pytest.fixture(scope="session")
def memo() -> dict[Any, Any]:
    """A worker's memo, shared so that each model is opened once for all tests."""
    return {}


@pytest.fixture(scope="session")
def models(memo: dict[Any, Any]) -> ModelCache:
    return ModelCache(memo)


@pytest.fixture(scope="session")
def printed(samples: Path) -> Pixels:
    """Eight lines of clean print, 640 x 480 pixels."""
    with Image.open(samples / "phototest.tif") as image:
        return np.array(image.convert("RGB"))


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.load_english()
