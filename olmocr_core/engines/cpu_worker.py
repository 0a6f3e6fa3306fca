"""What a worker process does for the cpu engine: choose the route of a page, read it, and format the answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.geometry import Box, PageLayout, Word
from olmocr_core.domain.models import Completion, PageRef, Rotation, Route, Signals, Transcription
from olmocr_core.layout import transcribe_layout
from olmocr_core.ocr.coverage import measure_uncovered_ink
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.page import USUAL_SIDE, OcrPage, read_page_image
from olmocr_core.ocr.sample import LineSample, sample_lines
from olmocr_core.pdf.open_pdf import open_session_pdf
from olmocr_core.pdf.read_text_layer import read_page_layout
from olmocr_core.pdf.render import draw_page
from olmocr_core.reading.front_matter import format_answer
from olmocr_core.reading.text_layer_trust import TextLayerTrust, assess_text_layer, covers_line
from olmocr_core.reading.text_similarity import measure_agreement, measure_word_recall
from olmocr_core.sandbox.session import WorkerSession

_CONFIDENT = 0.9
_MIN_SAMPLE = 3
_MIN_COMPARED = 20
_A4_POINTS = 842.0
_LONG_ASPECT = 3.0
_LONG_PIXELS = 12e6


def transcribe_page(session: WorkerSession, ref: PageRef, page_image: bytes = b"") -> Completion:
    """Read one page by its text layer or by OCR.

    ``page_image`` shows ink that a text layer leaves out; empty, it is not checked. Raises PageError, DocumentError, and
    RunError without weights.
    """
    signals: Signals = {}
    if ref.kind == "pdf" and session.settings.routing.mode == "auto":
        layout = read_page_layout(session, ref)
        trust = _assess(session, ref, layout, page_image)
        if trust.trusted:
            return _completion(session, transcribe_layout(layout), "text_layer", 0, trust.to_signals())
        signals = trust.to_signals()
    read = _read_pixels(session, ref)
    return _completion(session, transcribe_layout(read.layout), "ocr", read.rotation_ccw, signals | read.signals)


def _assess(session: WorkerSession, ref: PageRef, layout: PageLayout, page_image: bytes) -> TextLayerTrust:
    rules = session.settings.routing
    trust = assess_text_layer(layout, rules, _detector(session))
    if trust.trusted and page_image:
        trust = trust.with_uncovered_ink(measure_uncovered_ink(page_image, layout))
    if not trust.doubtful:
        return trust
    image, points_per_pixel = _pixels(session, ref, USUAL_SIDE)
    samples, lines = sample_lines(ModelCache(session.memo), image)
    scaled = [_scale(line, points_per_pixel) for line in lines]
    total = sum(line.width for line in scaled)
    covered = sum(line.width for line in scaled if covers_line(line, layout.words))
    if "layer_uncovered_ink" in trust.signals:
        # Text that the layer of a page set from text leaves out, such as labels in a chart, counts in ``covered`` alone.
        samples = [s for s in samples if covers_line(_scale(s.box, points_per_pixel), layout.words)]
    agreed = _agreement(layout, samples, points_per_pixel)
    return trust.after_ocr_samples(agreed, covered / total if total else 1.0, rules)


def _agreement(layout: PageLayout, samples: list[LineSample], points_per_pixel: float) -> float | None:
    """The mean agreement of the sampled lines that OCR read with confidence; None if these hold too little text."""
    agreements, length = [], 0
    for sample in samples:
        if sample.confidence < _CONFIDENT or len(sample.text) < _MIN_SAMPLE:
            continue
        box = _scale(sample.box, points_per_pixel)
        words = [word for word in layout.words if _on_line(word.box, box)]
        line_agreement = _line_agreement(words, sample.text)
        if line_agreement is not None:
            agreements.append(line_agreement)
            length += len(sample.text)
    return sum(agreements) / len(agreements) if length >= _MIN_COMPARED else None


def _line_agreement(words: list[Word], read: str) -> float | None:
    """The agreement of a line of the layer with what OCR read; of a line with equations, only that of its words."""
    if any(word.is_equation for word in words):
        return measure_word_recall((word.text for word in words if not word.is_equation), read)
    return measure_agreement(" ".join(word.text for word in sorted(words, key=lambda word: word.box.x0)), read)


def _on_line(word: Box, line: Box) -> bool:
    x, y = word.center
    return line.x0 - 1 <= x <= line.x1 + 1 and line.y0 <= y <= line.y1


def _scale(box: Box, factor: float) -> Box:
    return Box(box.x0 * factor, box.y0 * factor, box.x1 * factor, box.y1 * factor)


def _read_pixels(session: WorkerSession, ref: PageRef) -> OcrPage:
    settings = session.settings.cpu
    image, points_per_pixel = _pixels(session, ref, min(USUAL_SIDE, settings.ocr_longest_side))
    redraw = partial(_redraw, session, ref)
    return read_page_image(image, points_per_pixel, settings, session.memo, redraw)


def _redraw(session: WorkerSession, ref: PageRef, longest_side: int) -> Pixels:
    return _pixels(session, ref, longest_side)[0]


def _pixels(session: WorkerSession, ref: PageRef, longest_side: int) -> tuple[Pixels, float]:
    """The page as RGB, and the points per pixel. Images count as A4: few know their size.

    A page that is much longer than wide gets more pixels than ``longest_side``, or its text would be too small to read.
    """
    points = _points(session, ref)
    if points and max(points) > _LONG_ASPECT * min(points):
        wanted = longest_side / _LONG_ASPECT / min(points) * max(points)
        longest_side = round(min(wanted, (_LONG_PIXELS * max(points) / min(points)) ** 0.5))
    drawing = draw_page(session, ref, longest_side)
    pixels: Any = np.asarray(drawing.image.convert("RGB"))
    return pixels, (max(points) if points else _A4_POINTS) / max(pixels.shape[:2])


def _points(session: WorkerSession, ref: PageRef) -> tuple[float, float] | None:
    if ref.kind == "image":
        return None
    with open_session_pdf(session, ref).page(ref.page_number) as page:
        width, height = page.get_size()
        return float(width), float(height)


def _detector(session: WorkerSession) -> LanguageDetector:
    detector: LanguageDetector = session.load_once("language", LanguageDetector)
    return detector


def _completion(
    session: WorkerSession, transcription: Transcription, route: Route, rotation: Rotation, signals: Signals
) -> Completion:
    language, confidence = _detector(session).detect(transcription.text)
    answer = transcription.model_copy(update={"primary_language": language, "rotation_correction": rotation})
    return Completion(
        answer=format_answer(answer),
        transcription=answer,
        route=route,
        signals=signals | {"language_confidence": round(confidence, 4)},
    )
