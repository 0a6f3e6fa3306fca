"""Which way up a page is."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.domain.models import Rotation
from olmocr_core.ocr.detect import detect_lines
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.orientation import classify_orientation, find_rotation, measure_reading_quality, rotate_image
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.weights import ORIENTATION, TINY


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_classifier_recognises_each_rotation(printed: Pixels, models: ModelCache, rotation: Rotation) -> None:
    scores = classify_orientation(models.load_network(ORIENTATION), rotate_image(printed, rotation))
    assert max(scores, key=scores.__getitem__) == (360 - rotation) % 360


def test_rotations_add_up_to_the_whole_circle() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert rotate_image(image, 0) is image
    assert (rotate_image(rotate_image(image, 90), 270) == image).all()
    assert (rotate_image(rotate_image(image, 180), 180) == image).all()
    assert (rotate_image(image, 90)[0, 0] == image[0, -1]).all()


@pytest.mark.parametrize("rotation", [0, 180, 270])
def test_readings_confirm_the_rotation(printed: Pixels, models: ModelCache, rotation: Rotation) -> None:
    turned = rotate_image(printed, rotation)
    lines = detect_lines(models.load_network(TINY.detection), turned, 1280)
    found, confidence = find_rotation(models, TINY, turned, lines)
    assert found == (360 - rotation) % 360
    assert confidence > 0.8


def test_text_reads_best_as_it_is_written(printed: Pixels, models: ModelCache) -> None:
    lines = detect_lines(models.load_network(TINY.detection), printed, 1280)
    reader = Recogniser.load(models, TINY)
    assert measure_reading_quality(reader, printed, lines, 0) > 0.9
    assert measure_reading_quality(reader, printed, lines, 180) < 0.8
    assert measure_reading_quality(reader, printed, lines, 90) == 0.0, "no line runs up or down"
    assert measure_reading_quality(reader, printed, [], 0) == 0.0
