"""Read one page image: orientation, rectification, detection, recognition and regions, into a PageLayout."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from olmocr_core.domain.geometry import Box, PageLayout, Region, Ruling, Word
from olmocr_core.domain.models import Rotation, Signals
from olmocr_core.domain.settings import Cpu
from olmocr_core.ocr.detect import LineBox, detect_text
from olmocr_core.ocr.formulas import insert_formulas, is_mathematical
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.lexicon_correction import correct_with_lexicon
from olmocr_core.ocr.model_cascade import read_with_cascade
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.noise import is_noise, remove_show_through
from olmocr_core.ocr.orientation import find_rotation, rotate_image
from olmocr_core.ocr.postprocess import repair_lines
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.rectify import RectifiedImage, rectify
from olmocr_core.ocr.regions import find_regions
from olmocr_core.ocr.rulings import find_rulings
from olmocr_core.ocr.script_fallback import read_with_tesseract
from olmocr_core.ocr.weights import LAYOUT, SMALL, choose_first_weights
from olmocr_core.ocr.words import BAND_PER_SIZE, ReadLine, scale_word, split_into_words

# Detection works on lines, not letters: more pixels cost time and find nothing more on usual pages. Only where lines
# are thinner than THIN_BAND pixels (newspapers) does it miss any, and then crops have too few pixels too.
DETECTION_SIDE = 1280
USUAL_SIDE = 1600
THIN_BAND = 12.0
_MANY_LINES = 40
_MAX_DETECTION_SIDE = 1920


@dataclass(frozen=True, slots=True)
class OcrPage:
    """The result of OCR: boxes in points of the upright page, and the corrections that were applied.

    ``rotation_ccw`` is the turn that put it upright, ``skew_degrees`` its clockwise skew after that turn.
    """

    layout: PageLayout
    rotation_ccw: Rotation
    skew_degrees: float
    confidence: float
    signals: Signals


def read_page_image(
    image: Pixels,
    points_per_pixel: float,
    settings: Cpu,
    memo: MutableMapping[Any, Any],
    redraw: Callable[[int], Pixels] | None = None,
) -> OcrPage:
    """Read an RGB image of a page; ``memo`` keeps loaded models. Raises RunError if weights are missing.

    ``redraw`` draws the page again with another longest side; it is called at most once for more pixels of tiny text.
    """
    models = ModelCache(memo)
    prepared = _prepare_page(models, settings, image, redraw)
    points_per_pixel *= max(image.shape) / max(prepared.rectified.image.shape)
    rectified, band = prepared.rectified, _measure_typical_band(prepared.rectified.lines)
    lines = read_with_cascade(models, settings.ocr_model, rectified.image, rectified.lines, prepared.side)
    kept = remove_show_through([line for line in lines if not is_noise(line)], rectified.image)
    signals = _measure_signals(lines, kept) | _describe_rectification(prepared)
    tesseract_result = read_with_tesseract(rectified.image, lines) if settings.tesseract else None
    if tesseract_result is None:
        words = _build_words(models, settings, kept, prepared, redraw)
    else:
        words, signals["ocr_tesseract"] = tesseract_result
        signals["ocr_confidence"] = round(fmean(word.confidence for word in words), 4)
    regions = find_regions(models.load_network(LAYOUT), rectified.image) if settings.layout_model and words else []
    rulings = find_rulings(rectified.image, band) if words else []
    height, width = rectified.image.shape[:2]
    layout = _convert_to_points((width, height), points_per_pixel, words, rulings, regions)
    return OcrPage(layout, prepared.rotation, rectified.skew, float(signals["ocr_confidence"] or 0.0), signals)


def _build_words(
    models: ModelCache,
    settings: Cpu,
    lines: Sequence[ReadLine],
    prepared: _PreparedPage,
    redraw: Callable[[int], Pixels] | None,
) -> list[Word]:
    """The words of the lines, corrected and repaired, with equations among them."""
    repaired_lines = repair_lines(correct_with_lexicon(lines, models.load_once("lexicon", Lexicon.load_english)))
    words = [word for number, line in enumerate(repaired_lines) for word in split_into_words(line, number)]
    if settings.ocr_model != "tiny" and is_mathematical(words):
        return _insert_formulas(models, settings, words, prepared, redraw)
    return words


def _describe_rectification(prepared: _PreparedPage) -> Signals:
    """Signals about the corrections that were applied."""
    rectified = prepared.rectified
    return {
        "ocr_rotation_sure": round(prepared.sure, 3),
        "ocr_skew_degrees": round(rectified.skew, 2),
        "ocr_bend": round(rectified.warp.largest_offset / rectified.image.shape[0], 4) if rectified.warp else 0.0,
    }


@dataclass(frozen=True, slots=True)
class _PreparedPage:
    """A page ready to be read, the turn and its confidence, detection's longest side, and the image as drawn."""

    rectified: RectifiedImage
    rotation: Rotation
    sure: float
    side: int
    drawn: Pixels


def _prepare_page(
    models: ModelCache, settings: Cpu, image: Pixels, redraw: Callable[[int], Pixels] | None
) -> _PreparedPage:
    """Put the page upright and rectify it, with more pixels if its type is tiny."""
    weights = choose_first_weights(settings.ocr_model)
    detection = models.load_network(weights.detection)
    detected = detect_text(detection, image, DETECTION_SIDE)
    rotation, sure = find_rotation(models, weights, image, detected.lines) if detected.lines else (0, 0.0)
    if rotation:
        detected = detect_text(detection, rotate_image(image, rotation), DETECTION_SIDE)
    side = _choose_detection_side(detected.lines, image)
    if side > DETECTION_SIDE and redraw is not None and max(image.shape) < settings.ocr_longest_side:
        image = redraw(settings.ocr_longest_side)
    rectified = rectify(detection, rotate_image(image, rotation), detected, side, known=side == DETECTION_SIDE)
    return _PreparedPage(rectified, rotation, sure, side, image)


def _insert_formulas(
    models: ModelCache,
    settings: Cpu,
    words: Sequence[Word],
    prepared: _PreparedPage,
    redraw: Callable[[int], Pixels] | None,
) -> list[Word]:
    """The words with equations as LaTeX, read with as many pixels as the settings allow: their scripts are small."""
    large = max(prepared.drawn.shape) >= settings.ocr_longest_side or redraw is None
    drawn = prepared.drawn if large or redraw is None else redraw(settings.ocr_longest_side)
    image = prepared.rectified.apply_to(rotate_image(drawn, prepared.rotation))
    size = _measure_typical_band(prepared.rectified.lines) / BAND_PER_SIZE
    scale = max(image.shape) / max(prepared.rectified.image.shape)
    reader = Recogniser.load(models, SMALL)
    return insert_formulas(words, image, size, scale, reader, models.load_once("lexicon", Lexicon.load_english))


def _choose_detection_side(boxes: Sequence[LineBox], image: Pixels) -> int:
    """The longest side at which lines are thick enough, judged by the lines found at DETECTION_SIDE."""
    if len(boxes) < _MANY_LINES:
        return DETECTION_SIDE
    band = _measure_typical_band(boxes) * min(1.0, DETECTION_SIDE / max(image.shape))
    return min(_MAX_DETECTION_SIDE, int(DETECTION_SIDE * max(1.0, THIN_BAND / band)))


def _measure_typical_band(boxes: Sequence[LineBox]) -> float:
    return float(median(min(box.length, box.thickness) for box in boxes)) if boxes else 0.0


def _convert_to_points(
    size: tuple[int, int],
    factor: float,
    words: Sequence[Word],
    rulings: Sequence[Ruling],
    regions: Sequence[Region],
) -> PageLayout:
    def grow(box: Box) -> Box:
        return Box(box.x0 * factor, box.y0 * factor, box.x1 * factor, box.y1 * factor)

    return PageLayout(
        width=size[0] * factor,
        height=size[1] * factor,
        words=tuple(scale_word(word, factor) for word in words),
        rulings=tuple(Ruling(grow(ruling.box)) for ruling in rulings),
        regions=tuple(replace(region, box=grow(region.box)) for region in regions),
    )


def _measure_signals(lines: Sequence[ReadLine], kept: Sequence[ReadLine]) -> Signals:
    """Mean confidence per character, how much was read, and the share dropped as noise."""
    total = sum(len(line.text.text) for line in lines)
    count = sum(len(line.text.text) for line in kept)
    mean = sum(line.text.confidence * len(line.text.text) for line in kept) / count if count else 0.0
    return {
        "ocr_confidence": round(mean, 4),
        "ocr_lines": len(kept),
        "ocr_characters": count,
        "ocr_dropped_share": round(1 - count / total, 4) if total else 0.0,
    }
