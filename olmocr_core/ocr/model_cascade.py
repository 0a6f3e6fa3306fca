"""A cascade of two recognisers: the tiny model reads every page, the small model reads hard pages again."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.ocr.detect import LineBox, detect_lines
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.postprocess import drop_stray_ideographs
from olmocr_core.ocr.recognise import HEIGHT, Recogniser
from olmocr_core.ocr.sample import choose_spread_lines
from olmocr_core.ocr.weights import SMALL, TINY, OcrModel
from olmocr_core.ocr.words import ReadLine, read_lines

# Below this mean confidence of the tiny model a page is hard. Clean print has 0.977 to 0.987, poor scans and
# handwriting have 0.80 to 0.969.
HARD_PAGE_CONFIDENCE = 0.97
DOUBTFUL_LINE_CONFIDENCE = 0.95
HOPELESS_LINE_CONFIDENCE = 0.3
# Widths of crops at a height of 48 pixels. The small model takes about 0.13 ms a pixel, so this is about 20 seconds;
# the limit counts pixels, not seconds, so that a page always gives the same answer. A page with more text is read by
# the tiny model even if the small one was requested, and by the small one where it is most doubtful.
MAX_SMALL_WIDTH = 150_000
MAX_REREAD_WIDTH = 60_000


def read_with_cascade(
    models: ModelCache, model: OcrModel, image: Pixels, boxes: Sequence[LineBox], detection_side: int
) -> list[ReadLine]:
    """Read all lines with the model of the settings; ``auto`` uses the small one on hard pages.

    ``boxes`` come from that model's detector; on hard pages ``auto`` detects lines again with the small model.
    """
    if model == "auto":
        return drop_stray_ideographs(_read_auto(models, image, boxes, detection_side))
    is_small = model == "small" and measure_total_width(boxes) <= MAX_SMALL_WIDTH
    return drop_stray_ideographs(read_lines(Recogniser.load(models, SMALL if is_small else TINY), image, boxes))


def _read_auto(models: ModelCache, image: Pixels, boxes: Sequence[LineBox], detection_side: int) -> list[ReadLine]:
    """Read a sample first: it identifies most hard pages, which are then not read twice."""
    reader, affordable = Recogniser.load(models, TINY), measure_total_width(boxes) <= MAX_SMALL_WIDTH
    sample = read_lines(reader, image, choose_spread_lines(boxes))
    if not (affordable and is_hard_page(sample)):
        known = {id(line.box): line for line in sample}
        others = iter(read_lines(reader, image, [box for box in boxes if id(box) not in known]))
        lines = [known[id(box)] if id(box) in known else next(others) for box in boxes]
        if not is_hard_page(lines):
            return lines
        if not affordable:
            return _reread_doubtful_lines(models, image, lines)
    found = detect_lines(models.load_network(SMALL.detection), image, detection_side)
    return read_lines(Recogniser.load(models, SMALL), image, found)


def is_hard_page(lines: Sequence[ReadLine]) -> bool:
    """Whether the tiny model doubts the page as a whole, by its mean confidence per character."""
    count = sum(len(line.text.text) for line in lines)
    return (
        count > 0 and sum(line.text.confidence * len(line.text.text) for line in lines) < HARD_PAGE_CONFIDENCE * count
    )


def _reread_doubtful_lines(models: ModelCache, image: Pixels, lines: list[ReadLine]) -> list[ReadLine]:
    chosen = find_doubtful_lines(lines)
    again = read_lines(Recogniser.load(models, SMALL), image, [lines[index].box for index in chosen])
    for index, line in zip(chosen, again, strict=True):
        if line.text.text:
            lines[index] = line
    return lines


def find_doubtful_lines(lines: Sequence[ReadLine]) -> list[int]:
    """Indices of the lines to read again, the most doubtful first, within MAX_REREAD_WIDTH."""
    order = sorted(range(len(lines)), key=lambda index: (lines[index].text.confidence, index))
    chosen, width = [], 0.0
    for index in order:
        if HOPELESS_LINE_CONFIDENCE <= lines[index].text.confidence < DOUBTFUL_LINE_CONFIDENCE:
            width += measure_crop_width(lines[index].box)
            if width > MAX_REREAD_WIDTH:
                break
            chosen.append(index)
    return chosen


def measure_total_width(boxes: Sequence[LineBox]) -> float:
    """The width of all crops side by side."""
    return sum(map(measure_crop_width, boxes))


def measure_crop_width(box: LineBox) -> float:
    """The width of a line's crop at a height of 48 pixels."""
    along, band = max(box.length, box.thickness), max(1.0, min(box.length, box.thickness))
    return HEIGHT * along / band
