"""Decide whether a page's text layer is trusted, doubtful or unusable. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.geometry import Box, PageLayout, Word
from olmocr_core.domain.models import Signals
from olmocr_core.domain.settings import Routing

# Shares above which a layer is doubtful or unusable; tuned on the documents of the corpus.
_UNMAPPED_DOUBT, _UNMAPPED_USELESS = 0.02, 0.3
_INVISIBLE_DOUBT = 0.2
_IMAGE_DOUBT = 0.5
_ODD_DOUBT = 0.25
_SPARSE_CHARS = 400
_OUTSIDE_DOUBT = 0.5
_UNCOVERED_DOUBT = 0.6
_GRID = 48
# A font with wrong character names disagrees with OCR nearly everywhere; if most letters agree, OCR is wrong.
_TYPESET_AGREEMENT, _FEW_IMAGES = 0.65, 0.05
_VOWEL = re.compile("[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿ]", re.IGNORECASE)
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")
# Scripts that the fast OCR model reads. If much of a layer is in others (also kana), OCR cannot contradict it.
_READABLE = re.compile("[A-Za-z\u00c0-\u024f\u3400-\u9fff]")
_READABLE_SHARE = 0.75
# An ideograph or a syllable carries about as much information as three letters.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class TextLayerTrust:
    """``trusted``: use it as it is. ``doubtful``: use it only if samples agree with OCR. Neither: unusable."""

    trusted: bool
    doubtful: bool
    reason: str
    signals: Signals

    def with_uncovered_ink(self, uncovered: float) -> TextLayerTrust:
        """Reassess a trusted layer with the share of ink outside its words: outlines and pictures are not characters."""
        signals = self.signals | {"layer_uncovered_ink": round(uncovered, 4)}
        if uncovered <= _UNCOVERED_DOUBT:
            return replace(self, signals=signals)
        return TextLayerTrust(False, True, f"{uncovered:.0%} of the page's ink is no text of the layer", signals)

    def after_ocr_samples(self, agreed: float | None, covered: float, rules: Routing) -> TextLayerTrust:
        """Reassess a doubtful layer after a comparison with OCR.

        ``agreed`` is the agreement of the samples (None: OCR read nothing there); ``covered`` is the share of the text
        lines, by length, for which the layer has words.
        """
        signals = self.signals | {
            "layer_agreement": None if agreed is None else round(agreed, 4),
            "layer_covers": round(covered, 4),
        }
        if covered < _COVERED:
            return TextLayerTrust(
                False, False, f"the text layer covers {covered:.0%} of the lines on the page", signals
            )
        if not self.signals.get("layer_readable", True) and not self.signals.get("layer_garbage"):
            return TextLayerTrust(True, False, "the text layer is in a script that OCR does not read", signals)
        if agreed is None:
            return TextLayerTrust(False, False, f"{self.reason}, and nothing could be sampled", signals)
        if agreed < (min(rules.layer_agreement, _TYPESET_AGREEMENT) if self._was_typeset() else rules.layer_agreement):
            return TextLayerTrust(False, False, f"{self.reason}, and samples agree by {agreed:.2f} only", signals)
        return TextLayerTrust(True, False, f"{self.reason}, but samples agree by {agreed:.2f}", signals)

    def _was_typeset(self) -> bool:
        """Whether the page was typeset and not scanned. OCR has trouble with program code and formulas, too."""
        found = [float(self.signals.get(f"layer_{name}_share") or 0.0) for name in ("invisible", "unmapped")]
        seen = float(self.signals.get("image_share") or 0.0) < _FEW_IMAGES
        return seen and not any(found) and not self.signals.get("layer_garbage")

    def to_signals(self) -> Signals:
        """Return the signals with the decision, for the page's record."""
        return self.signals | {"layer_trusted": self.trusted, "layer_reason": self.reason}


_COVERED = 0.5


def assess_text_layer(
    layout: PageLayout, rules: Routing | None = None, detector: LanguageDetector | None = None
) -> TextLayerTrust:
    """Assess a text layer by itself. Reuse the ``detector``: loading its model takes longer than everything else."""
    rules = rules or Routing()
    plain = [word for word in layout.words if not word.is_equation]
    text = " ".join(word.text for word in plain)
    characters = sum(len(word.text) for word in layout.words) + 2 * len(_DENSE.findall(text))
    signals: Signals = {"layer_characters": characters}
    if characters < max(1, rules.layer_min_chars):
        reason = "no text layer" if characters == 0 else f"a text layer of {characters} characters only"
        return TextLayerTrust(False, False, reason, signals)
    letters = [char for char in text if char.isalpha()]
    signals |= {
        "layer_unmapped_share": round(layout.unmapped_share, 4),
        "layer_invisible_share": round(layout.invisible_share, 4),
        "layer_outside_share": round(layout.outside_share, 4),
        "image_share": round(measure_covered_share(layout.images, layout.width, layout.height), 4),
        "layer_odd_share": round(measure_odd_share(plain), 4),
        "layer_garbage": (detector or LanguageDetector()).is_garbage(text),
        "layer_readable": sum(bool(_READABLE.match(char)) for char in letters) >= _READABLE_SHARE * len(letters),
    }
    if layout.unmapped_share > _UNMAPPED_USELESS:
        return TextLayerTrust(False, False, "its characters have no Unicode values", signals)
    doubts = _doubts(layout, signals)
    if doubts:
        return TextLayerTrust(False, True, doubts[0], signals)
    return TextLayerTrust(True, False, "a sound text layer", signals)


def _doubts(layout: PageLayout, signals: Signals) -> list[str]:
    characters = int(signals["layer_characters"] or 0)
    image_share = float(signals["image_share"] or 0.0)
    checks = (
        (layout.invisible_share > _INVISIBLE_DOUBT, "the text is drawn invisibly, as OCR under a scan"),
        (image_share > _IMAGE_DOUBT, f"images cover {image_share:.0%} of the page"),
        (bool(signals["layer_garbage"]), "the text is in no language"),
        (layout.unmapped_share > _UNMAPPED_DOUBT, "some characters have no Unicode values"),
        (float(signals["layer_odd_share"] or 0.0) > _ODD_DOUBT, "many words look misread"),
        (layout.outside_share > _OUTSIDE_DOUBT, "most of the text lies outside the page"),
        (characters < _SPARSE_CHARS, f"the layer holds {characters} characters only"),
    )
    return [reason for is_so, reason in checks if is_so]


def measure_covered_share(boxes: Sequence[Box], width: float, height: float) -> float:
    """The share of a page that the boxes cover together, on a grid of 48 x 48 cells."""
    if width <= 0 or height <= 0:
        return 0.0
    cells: set[tuple[int, int]] = set()
    for box in boxes[:2000]:
        columns = range(max(0, round(box.x0 / width * _GRID)), min(_GRID, round(box.x1 / width * _GRID)))
        rows = range(max(0, round(box.y0 / height * _GRID)), min(_GRID, round(box.y1 / height * _GRID)))
        cells.update((column, row) for column in columns for row in rows)
    return len(cells) / _GRID**2


def measure_odd_share(words: Sequence[Word]) -> float:
    """The share of Latin words that look misread: no vowel, mixed case, or symbols inside; 0 for few words."""
    checked = odd = 0
    for word in words:
        text = word.text.strip(".,;:!?()[]\"'“”‘’«»-–—")
        if len(text) < 3 or not any(_LATIN_WORD.match(char) for char in text) or "/" in text or "." in text:
            continue
        checked += 1
        odd += _is_odd(text)
    return odd / checked if checked >= 20 else 0.0


def _is_odd(text: str) -> bool:
    inner = text[1:]
    if text.isupper() or text.isdigit():
        return False
    mixed_case = any(char.isupper() for char in inner) and any(char.islower() for char in inner) and "-" not in text
    strange = sum(not char.isalnum() and char not in "-'’&+%$" for char in text)
    return mixed_case or strange > 0 or (len(text) > 3 and text.isalpha() and not _VOWEL.search(text))


def covers_line(line: Box, words: Sequence[Word]) -> bool:
    """Whether the words of the layer cover at least 40% of the length of a line that OCR detected."""
    inside = [
        word.box for word in words if line.x0 - 2 <= word.box.center[0] <= line.x1 + 2 and
        line.y0 - 1 <= word.box.center[1] <= line.y1 + 1
    ]  # fmt: skip
    return sum(box.width for box in inside) >= 0.4 * line.width
