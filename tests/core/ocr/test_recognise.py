"""Scores to text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.recognise import BATCH_PIXELS, HEIGHT, Recogniser, _group_into_batches, _round_width, crop_line


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


class Widths:
    """A network whose first step says how wide the batch is."""

    def __init__(self) -> None:
        self.widths: list[int] = []

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        self.widths.append(batch.shape[3])
        scores = np.zeros((len(batch), batch.shape[3] // 8, 4), np.float32)
        scores[:, 0, 1 + len(self.widths) % 2] = 0.9
        return [scores]


def test_texts_come_in_the_order_of_their_crops() -> None:
    network = Widths()
    crops = [np.full((48, width, 3), 255, np.uint8) for width in (500, 60, 480, 64)]
    texts = Recogniser(network, ["a", "b", " "]).read(crops)  # type: ignore[arg-type]
    assert network.widths == [64, 504]
    assert [text.text for text in texts] == ["a", "b", "a", "b"]


def test_restricted_reading_knows_only_the_allowed_characters() -> None:
    class Network:
        def run(self, batch: np.ndarray) -> list[np.ndarray]:
            scores = np.zeros((len(batch), batch.shape[3] // 8, 4), np.float32)
            scores[:, 1, 1], scores[:, 1, 2] = 0.6, 0.3
            return [scores]

    reader = Recogniser(Network(), ["l", "1", " "])  # type: ignore[arg-type]
    crop = np.full((48, 96, 3), 255, np.uint8)
    assert reader.read([crop])[0].text == "l"
    (text,) = reader.read_restricted([crop], "0123456789")
    assert (text.text, text.confidence) == ("1", pytest.approx(0.3))


def test_crops_stay_inside_the_image_and_are_never_empty() -> None:
    image = np.full((100, 200, 3), 255, np.uint8)
    image[40:60] = 7
    crop = crop_line(image, LineBox(cx=100, cy=50, length=400, thickness=20, tilt=0, score=1))
    assert crop.shape == (20, 200, 3)
    assert (crop == 7).all()
    assert crop_line(image, LineBox(cx=900, cy=900, length=10, thickness=10, tilt=0, score=1)).size


def test_a_leaning_line_is_cut_along_its_lean() -> None:
    image = np.full((200, 300, 3), 255, np.uint8)
    cv2.line(image, (50, 80), (250, 115), (0, 0, 0), 9)
    tilt = float(np.degrees(np.arctan2(35, 200)))
    crop = crop_line(image, LineBox(cx=150, cy=97.5, length=180, thickness=9, tilt=tilt, score=1))
    assert crop.shape == (9, 180, 3)
    assert (crop < 128).mean() > 0.9


@given(st.lists(st.integers(8, 3200), max_size=40))
def test_batches_hold_every_crop_once_and_few_pixels(widths: list[int]) -> None:
    batches = list(_group_into_batches(widths))
    assert sorted(index for batch in batches for index in batch) == list(range(len(widths)))
    for batch in batches:
        widest = _round_width(max(widths[index] for index in batch))
        assert len(batch) == 1 or widest * HEIGHT * len(batch) <= BATCH_PIXELS
