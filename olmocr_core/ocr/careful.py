"""Two readers: the fast one reads every line, the careful one those lines of a hard page that the fast one doubts."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.models import Models, Pixels
from olmocr_core.ocr.recognise import HEIGHT, Recogniser
from olmocr_core.ocr.weights import SMALL, TINY, OcrModel
from olmocr_core.ocr.words import ReadLine, read_lines

# On clean print the fast reader is right where it is unsure too; below this mean confidence a page is hard.
HARD_PAGE = 0.93
DOUBTFUL_LINE = 0.95
HOPELESS_LINE = 0.3
# Widths of crops at 48 pixels height. The careful reader takes about 0.2 ms a pixel, so this is about 6 seconds; the
# limit counts pixels and not seconds so that the same page always gives the same answer.
CAREFUL_WIDTH = 30_000
# A page with more than this is read by the fast reader even when the careful one was asked for (half a minute).
MAX_SMALL_WIDTH = 150_000


def read_carefully(models: Models, model: OcrModel, image: Pixels, boxes: Sequence[LineBox]) -> list[ReadLine]:
    """Read all lines with the model that settings name; ``auto`` is fast first, careful where that pays."""
    if model == "small" and sum(map(crop_width, boxes)) <= MAX_SMALL_WIDTH:
        return read_lines(Recogniser.of(models, SMALL), image, boxes)
    lines = read_lines(Recogniser.of(models, TINY), image, boxes)
    if model == "tiny" or not is_hard(lines):
        return lines
    chosen = doubtful(lines)
    again = read_lines(Recogniser.of(models, SMALL), image, [lines[index].box for index in chosen])
    for index, line in zip(chosen, again, strict=True):
        if line.text.text:
            lines[index] = line
    return lines


def is_hard(lines: Sequence[ReadLine]) -> bool:
    """Whether the fast reader doubts the page as a whole, by its mean confidence a character."""
    count = sum(len(line.text.text) for line in lines)
    return count > 0 and sum(line.text.confidence * len(line.text.text) for line in lines) < HARD_PAGE * count


def doubtful(lines: Sequence[ReadLine]) -> list[int]:
    """Indices of the lines to read again, the most doubtful first, within CAREFUL_WIDTH."""
    order = sorted(range(len(lines)), key=lambda index: (lines[index].text.confidence, index))
    chosen, width = [], 0.0
    for index in order:
        if HOPELESS_LINE <= lines[index].text.confidence < DOUBTFUL_LINE:
            width += crop_width(lines[index].box)
            if width > CAREFUL_WIDTH:
                break
            chosen.append(index)
    return chosen


def crop_width(box: LineBox) -> float:
    """The width of a line's crop once it is 48 pixels high."""
    along, band = max(box.length, box.thickness), max(1.0, min(box.length, box.thickness))
    return HEIGHT * along / band
