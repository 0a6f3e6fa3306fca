"""Scores to text."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.ocr.recognise import Recogniser


def test_collapsed_characters_keep_their_places() -> None:
    scores = np.zeros((10, 4), np.float32)
    for step, label in enumerate([0, 1, 1, 0, 1, 3, 2, 2, 0, 0]):
        scores[step, label] = 0.9
    line = Recogniser(None, ["a", "b", " "])._decode(scores, scores.argmax(axis=1), filled=1.0)  # type: ignore[arg-type]
    assert line.text == "aa b"
    assert line.places == pytest.approx((0.2, 0.45, 0.55, 0.7))
    assert line.confidence == pytest.approx(0.9)


def test_the_best_text_without_ideographs_is_returned_too() -> None:
    class Network:
        def run(self, batch: np.ndarray) -> list[np.ndarray]:
            scores = np.zeros((len(batch), batch.shape[3] // 8, 4), np.float32)
            scores[:, :, 0] = 0.1
            scores[:, 2, 1], scores[:, 2, 2] = 0.5, 0.4
            return [scores]

    reader = Recogniser(Network(), ["一", "-"])  # type: ignore[arg-type]
    ((text, narrow),) = reader.read_with_alternative([np.full((48, 96, 3), 255, np.uint8)])
    assert text.text == "一"
    assert narrow is not None
    assert narrow.text == "-"
    assert narrow.confidence == pytest.approx(0.4)
