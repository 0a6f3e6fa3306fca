from __future__ import annotations

import pytest

from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.models import ModelCache
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.weights import SMALL


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load_english()


@pytest.fixture(scope="session")
def reader(models: ModelCache) -> Recogniser:
    return Recogniser.load(models, SMALL)
