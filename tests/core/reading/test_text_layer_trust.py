from __future__ import annotations

from dataclasses import replace

import pytest

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.geometry import EQUATION, Box, PageLayout, Word
from olmocr_core.domain.settings import Routing
from olmocr_core.reading.text_layer_trust import (
    assess_text_layer,
    covers_line,
    measure_covered_share,
    measure_odd_share,
)
from olmocr_core.reading.text_similarity import measure_agreement

GOOD = (
    "The committee met in the spring of that year and agreed on the terms of the report which it sent to every "
    "member of the house before the end of the session so that all could read it in good time "
) * 4
DETECTOR = LanguageDetector()


def page(text: str) -> PageLayout:
    words = tuple(
        Word(part, Box(50 + 50 * (index % 10), 50 + 14 * (index // 10), 95 + 50 * (index % 10), 60 + 14 * (index // 10)), 10)
        for index, part in enumerate(text.split())
    )  # fmt: skip
    return PageLayout(612, 792, words)


def test_a_plain_text_layer_is_trusted() -> None:
    verdict = assess_text_layer(page(GOOD), Routing(), DETECTOR)
    assert (verdict.trusted, verdict.doubtful) == (True, False)
    assert verdict.to_signals()["layer_trusted"] is True


@pytest.mark.parametrize(("text", "reason"), [("", "no text layer"), ("Page 12", "6 characters only")])
def test_too_few_characters_are_no_layer(text: str, reason: str) -> None:
    verdict = assess_text_layer(page(text), Routing(), DETECTOR)
    assert (verdict.trusted, verdict.doubtful) == (False, False)
    assert reason in verdict.reason


def test_characters_without_unicode_values_make_a_layer_unusable() -> None:
    verdict = assess_text_layer(replace(page(GOOD), unmapped_share=0.6), Routing(), DETECTOR)
    assert (verdict.trusted, verdict.doubtful) == (False, False)


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        (replace(page(GOOD), invisible_share=1.0), "invisibly"),
        (replace(page(GOOD), images=(Box(0, 0, 612, 792),)), "images cover 100%"),
        (replace(page(GOOD), unmapped_share=0.05), "no Unicode"),
        (replace(page(GOOD), outside_share=0.8), "outside"),
        (page(GOOD[:250]), "characters only"),
        (page(GOOD.translate({ord(c): chr(ord(c) - 1) for c in "bcdefghijklmnopqrstuvwxyz"})), "no language"),
        (page("i'lfinomedan tbg.tr xqzt Sol~or w|nch trIBe aNd brrt etztl grbl MenTs " * 12), "misread"),
    ],
)
def test_doubts(layout: PageLayout, reason: str) -> None:
    verdict = assess_text_layer(layout, Routing(), DETECTOR)
    assert (verdict.trusted, verdict.doubtful) == (False, True)
    assert reason in verdict.reason


def test_samples_decide_about_a_doubtful_layer() -> None:
    rules = Routing(layer_agreement=0.9)
    doubtful = assess_text_layer(replace(page(GOOD), invisible_share=1.0), rules, DETECTOR)
    assert doubtful.after_ocr_samples(0.95, 1.0, rules).trusted
    assert not doubtful.after_ocr_samples(0.85, 1.0, rules).trusted
    assert not doubtful.after_ocr_samples(0.95, 0.3, rules).trusted
    assert not doubtful.after_ocr_samples(None, 1.0, rules).trusted
    assert doubtful.after_ocr_samples(0.95, 1.0, rules).to_signals()["layer_agreement"] == 0.95


def test_a_typeset_page_is_trusted_if_most_of_it_agrees() -> None:
    rules = Routing(layer_agreement=0.9)
    code = page("self.x_1 = get_it(a->b) " * 40)
    doubtful = assess_text_layer(code, rules, DETECTOR)
    assert doubtful.reason == "many words look misread"
    assert doubtful.after_ocr_samples(0.75, 1.0, rules).trusted
    assert not doubtful.after_ocr_samples(0.4, 1.0, rules).trusted
    scanned = assess_text_layer(replace(code, images=(Box(0, 0, 612, 792),)), rules, DETECTOR)
    assert not scanned.after_ocr_samples(0.75, 1.0, rules).trusted


def test_equations_are_no_misread_words() -> None:
    layout = page(GOOD)
    equations = tuple(Word(r"\(x^{2} + y_{i}\)", Box(50, 20, 90, 30), 10, font=EQUATION) for _ in range(60))
    verdict = assess_text_layer(replace(layout, words=(*layout.words, *equations)), Routing(), DETECTOR)
    assert verdict.trusted
    assert verdict.signals["layer_odd_share"] == 0


def test_ocr_cannot_contradict_an_unsupported_script() -> None:
    rules = Routing()
    arabic = "اجتمعت اللجنة في ربيع ذلك العام واتفقت على شروط التقرير الذي أرسلته إلى كل عضو في المجلس " * 5
    doubtful = assess_text_layer(replace(page(arabic), images=(Box(0, 0, 612, 792),)), rules, DETECTOR)
    assert doubtful.doubtful
    assert doubtful.after_ocr_samples(0.1, 1.0, rules).trusted
    assert not doubtful.after_ocr_samples(0.1, 0.1, rules).trusted


def test_agreement_ignores_case_spaces_marks_and_accents() -> None:
    assert measure_agreement("Résumé of  the CASE.", "resume ofthe case") == 1.0
    assert measure_agreement("", "") == 1.0
    assert measure_agreement("", "something") == 0.0
    assert 0.5 < measure_agreement("rajah of Tidore", "rajuh of Tirlore") < 1.0


def test_overlapping_boxes_are_counted_once() -> None:
    half = Box(0, 0, 300, 792)
    assert measure_covered_share((half, half), 600, 792) == pytest.approx(0.5, abs=0.02)
    assert measure_covered_share((), 600, 792) == 0.0
    assert measure_covered_share((half,), 0, 0) == 0.0


def test_ordinary_words_are_not_odd() -> None:
    plain = page("Running text with e.g. McDonald, NATO, H2O, 1990s, www.site.org and well-known names " * 3)
    assert measure_odd_share(plain.words) <= 0.1


def test_a_line_is_covered_where_the_layer_has_words() -> None:
    words = page("one two three four").words
    assert covers_line(Box(48, 48, 250, 64), words)
    assert not covers_line(Box(48, 300, 250, 316), words)


def test_a_layer_that_covers_little_of_the_ink_is_doubtful() -> None:
    trusted = assess_text_layer(page(GOOD), Routing(), DETECTOR)
    assert trusted.with_uncovered_ink(0.2).trusted
    assert trusted.with_uncovered_ink(0.2).signals["layer_uncovered_ink"] == 0.2
    assert trusted.with_uncovered_ink(0.9).doubtful
