from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.documents.signals import (
    measure_alnum_share,
    measure_document,
    measure_mojibake,
    measure_page,
    measure_repeated_lines,
    measure_repeated_ngrams,
    strip_markup,
)
from olmocr_core.domain.models import PageSummary
from tests.core.documents.examples import PROSE, english


@given(st.text(max_size=400))
def test_shares_stay_between_0_and_1(text):
    signals = measure_page(text, english)
    for name in ("alnum_share", "repeated_line_share", "repeated_ngram_share", "mojibake_share"):
        assert 0 <= signals[name] <= 1, name
    assert signals["characters"] >= 0


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_the_ngram_share_agrees_with_counting_by_hand(words):
    seen, inside = set(), set()
    for start in range(len(words) - 9):
        gram = tuple(words[start : start + 10])
        inside |= set(range(start, start + 10)) if gram in seen else set()
        seen.add(gram)
    expected = len(inside) / len(words) if len(words) > 10 else 0
    assert measure_repeated_ngrams(" ".join(words)) == pytest.approx(expected)


def test_a_text_that_occurs_twice_is_half_repetition():
    words = " ".join(a + b + "x" for a in "abcdefghijklmn" for b in "abcdefghijklmn")
    assert measure_repeated_ngrams(words) == 0
    assert measure_repeated_ngrams("0 0.00 12 " * 100) == 0
    assert measure_repeated_ngrams(f"{words} {words}") == pytest.approx(0.5)


def test_scripts_without_spaces_are_counted_by_character():
    assert measure_repeated_ngrams("請求書の番号は大切です。" * 20) > 0.9


def test_markup_is_not_measured():
    table = "<table><tr><td>12.5</td></tr></table>"
    assert strip_markup(table).split() == ["12.5"]
    assert strip_markup("| a | b |\n|---|:-:|\n| 1 | 2 |").split() == ["a", "b", "1", "2"]
    assert strip_markup("![Sales](page_1_2_3_4.png) rose") == "Sales rose"
    assert strip_markup("if a < b and c > d").split() == ["if", "a", "<", "b", "and", "c", ">", "d"]


def test_vowel_signs_count_with_their_letters():
    assert measure_alnum_share("हिन्दी में लिखा हुआ") == 1.0


def test_repeated_lines_ignore_numbers():
    assert measure_repeated_lines("0.00\n0.00\n0.00") == 0
    assert measure_repeated_lines("total\n1\ntotal\n1") == 0.5


def test_good_accents_are_not_mojibake():
    assert measure_mojibake("Le café a été fermé à l’heure — déjà « tard ». 請求書 Жизнь ∑ x² ± 3 °C") == 0
    assert measure_mojibake("cafÃ© fermÃ© Ã  lâ€™heure") > 0.1
    assert measure_mojibake("\ufffd\ufffd\ue001\ue002") == 1


def test_document_signals_weigh_pages_by_their_text():
    def summary(number, language, characters):
        signals = {"characters": characters, "language": language, "language_confidence": 1.0, "mojibake_share": 0.0}
        return PageSummary(
            page_number=number, status="ok", route="text_layer", engine="cpu", attempts=1, signals=signals
        )

    pages = [summary(1, "de", 100), summary(2, "en", 900), summary(3, None, 50)]
    signals = measure_document(PROSE, pages)
    assert (signals["language"], signals["language_confidence"]) == ("en", 0.9)
    assert signals["text_layer_share"] == 1.0
    assert signals["characters_per_page"] == 350.0


@pytest.mark.parametrize("beginning", ["![", "![a](", "![a]", "<a ", "|", "-"])
def test_many_beginnings_without_an_end_are_measured(beginning):
    # Quadratic time would be ten minutes: each beginning was once read to the end of the text.
    text = beginning * (400_000 // len(beginning))
    assert measure_page(text, LanguageDetector().detect)["characters"] >= 0


def test_a_figure_ends_before_the_next_one_begins():
    assert strip_markup("![by [year]](a.png) ![open ![b](c.png)") == "![by [year]](a.png) ![open b"
