"""Which way up a page is."""

from __future__ import annotations

import pytest

from olmocr_core.domain.models import Rotation
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.orientation import classify_orientation, rotate_image
from olmocr_core.ocr.weights import ORIENTATION


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_classifier_recognises_each_rotation(printed: Pixels, models: ModelCache, rotation: Rotation) -> None:
    scores = classify_orientation(models.load_network(ORIENTATION), rotate_image(printed, rotation))
    assert max(scores, key=scores.__getitem__) == (360 - rotation) % 360
