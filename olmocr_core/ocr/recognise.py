"""Recognise lines of text: feed crops of fixed height to the recogniser and decode its output."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import cv2
import numpy as np

from olmocr_core.ocr.ctc import Evidence, extract_evidence
from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.models import Floats, ModelCache, Network, Pixels
from olmocr_core.ocr.weights import OcrWeights, require_file

T = TypeVar("T")

HEIGHT = 48
MIN_WIDTH = 64
MAX_WIDTH = 3200
# A batch is padded to its widest crop, so its crops must have similar widths and its pixels are limited.
BATCH_PIXELS = 48 * 1200
_STRIP = 8
# Letters whose evidence is kept for comparing words.
EVIDENCE_LETTERS = string.ascii_letters + " "
EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class LineText:
    """The text of one line with single spaces, its mean confidence, and each character's place along it (0 to 1)."""

    text: str
    confidence: float
    places: tuple[float, ...]
    confidences: tuple[float, ...]
    evidence: Evidence | None = field(default=None, compare=False, repr=False)


class Recogniser:
    """Reads crops of lines with a PP-OCR recogniser and its alphabet."""

    def __init__(self, network: Network, alphabet: Sequence[str]) -> None:
        """``alphabet`` holds the characters of classes 1 to n; 0 is the CTC blank."""
        self._network = network
        self._alphabet = tuple(alphabet)
        known = {char: label for label, char in enumerate(alphabet, 1) if len(char) == 1}
        self._letters = "".join(char for char in EVIDENCE_LETTERS if char in known)
        self._labels = [known[char] for char in self._letters]
        self._narrow = np.array([0, *(label for label, char in enumerate(alphabet, 1) if not EAST_ASIAN.match(char))])

    @classmethod
    def load(cls, models: ModelCache, weights: OcrWeights) -> Recogniser:
        """Load once for this worker; the alphabet is the file's, and a space for the class after it."""

        def make() -> Recogniser:
            lines = require_file(weights.alphabet).read_text("utf-8").split("\n")
            return cls(models.load_network(weights.recognition), [*[line for line in lines if line], " "])

        return models.load_once(("recogniser", weights.model), make)

    def read(self, crops: Sequence[Pixels]) -> list[LineText]:
        """One text per crop (RGB, any size), in the given order."""
        return [text for text, _ in self.read_with_alternative(crops)]

    def read_with_alternative(self, crops: Sequence[Pixels]) -> list[tuple[LineText, LineText | None]]:
        """As ``read``, and beside each text with East Asian characters the best one without them."""
        return self._decode_each(crops, self._decode_both)

    def read_restricted(self, crops: Sequence[Pixels], allowed: str) -> list[LineText]:
        """As ``read``, restricted to the characters in ``allowed`` and spaces."""
        labels = [label for label, char in enumerate(self._alphabet, 1) if char in allowed or char == " "]
        classes = np.array([0, *labels])
        return self._decode_each(crops, lambda scores, filled: self._decode_among(classes, scores, filled))

    def _decode_each(self, crops: Sequence[Pixels], decode: Callable[[Floats, float], T]) -> list[T]:
        """For each crop, ``decode`` of its scores by step and of the part of them that is not padding."""
        fitted = [_resize_crop(crop) for crop in crops]
        found: dict[int, T] = {}
        for group in _group_into_batches([image.shape[2] for image in fitted]):
            batch = _pad_batch([fitted[index] for index in group])
            scores: Floats = self._network.run(batch)[0]
            for row, index in enumerate(group):
                found[index] = decode(scores[row], fitted[index].shape[2] / batch.shape[3])
        return [found[index] for index in range(len(crops))]

    def _decode_both(self, scores: Floats, filled: float) -> tuple[LineText, LineText | None]:
        text = self._decode(scores, scores.argmax(axis=1), filled)
        narrow = self._decode_among(self._narrow, scores, filled) if EAST_ASIAN.search(text.text) else None
        seen = self._extract_evidence(scores, filled)
        return replace(text, evidence=seen), narrow and replace(narrow, evidence=seen)

    def _decode_among(self, classes: np.ndarray, scores: Floats, filled: float) -> LineText:
        return self._decode(scores, classes[scores[:, classes].argmax(axis=1)], filled)

    def _extract_evidence(self, scores: Floats, filled: float) -> Evidence:
        """The evidence for the letters that words are spelled with, without the padding."""
        steps = max(1, math.ceil(filled * len(scores)))
        return extract_evidence(scores[:steps], self._labels, self._letters)

    def _decode(self, scores: Floats, best: np.ndarray, filled: float) -> LineText:
        """Collapse repeats and blanks of ``best``, the class of each step; ``filled`` is the part without padding."""
        peaks = scores[np.arange(len(best)), best]
        keep = (best > 0) & np.r_[True, best[1:] != best[:-1]]
        steps = np.flatnonzero(keep)
        width = max(1.0, filled * len(best))
        chars = [self._alphabet[best[step] - 1] if best[step] <= len(self._alphabet) else "" for step in steps]
        sure = tuple(float(peaks[step]) for step in steps)
        places = tuple(min(1.0, float((_find_run_centre(best, int(step)) + 0.5) / width)) for step in steps)
        mean = float(np.mean(sure)) if sure else 0.0
        return LineText("".join(chars), mean, places, sure)


def _find_run_centre(best: np.ndarray, step: int) -> float:
    end = step
    while end + 1 < len(best) and best[end + 1] == best[step]:
        end += 1
    return (step + end) / 2


def crop_line(image: Pixels, line: LineBox) -> Pixels:
    """Crop one line as it stands (columns of text stay upright); never empty."""
    if line.tilt == 0.0:
        x0, y0, x1, y1 = line.bounds
        height, width = image.shape[:2]
        left, top = max(0, int(x0)), max(0, int(y0))
        part = image[top : min(height, max(top + 1, round(y1))), left : min(width, max(left + 1, round(x1)))]
        return part if part.size else np.full((HEIGHT, HEIGHT, 3), 255, np.uint8)
    size = (max(1, round(line.length)), max(1, round(line.thickness)))
    turn = cv2.getRotationMatrix2D((line.cx, line.cy), line.tilt, 1.0)
    turn[0, 2] += size[0] / 2 - line.cx
    turn[1, 2] += size[1] / 2 - line.cy
    return np.asarray(cv2.warpAffine(image, turn, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _resize_crop(crop: Pixels) -> Floats:
    """A crop as (3, 48, width) in -1 to 1, BGR."""
    height, width = crop.shape[:2]
    wanted = int(np.clip(np.ceil(HEIGHT * width / height), _STRIP, MAX_WIDTH))
    how = cv2.INTER_AREA if height > 2 * HEIGHT else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(crop), (wanted, HEIGHT), interpolation=how)
    floats = resized[:, :, ::-1].astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(floats.transpose(2, 0, 1))


def _round_width(width: int) -> int:
    return max(MIN_WIDTH, -(-width // _STRIP) * _STRIP)


def _pad_batch(images: Sequence[Floats]) -> Floats:
    widest = _round_width(max(image.shape[2] for image in images))
    batch = np.zeros((len(images), 3, HEIGHT, widest), dtype=np.float32)
    for row, image in enumerate(images):
        batch[row, :, :, : image.shape[2]] = image
    return batch


def _group_into_batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Indices in groups of similar width, each within BATCH_PIXELS after padding."""
    group: list[int] = []
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        padded = _round_width(widths[index]) * HEIGHT * (len(group) + 1)
        if group and (padded > BATCH_PIXELS or widths[index] > 1.25 * widths[group[0]] + 32):
            yield group
            group = []
        group.append(index)
    if group:
        yield group
