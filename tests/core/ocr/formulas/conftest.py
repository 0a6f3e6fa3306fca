"""The recogniser of equations."""

from __future__ import annotations

import pytest

from olmocr_core.ocr.models import ModelCache
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.weights import SMALL


@pytest.fixture(scope="session")
def reader(models: ModelCache) -> Recogniser:
    return Recogniser.load(models, SMALL)
