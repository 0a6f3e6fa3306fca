from __future__ import annotations

import pytest

from olmocr_core.documents.language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The natives soon had reason to suspect the sincerity of the viceroy in his expressions.", "en"),
        ("Der schnelle braune Fuchs springt über den faulen Hund und läuft in den Wald.", "de"),
        ("電線接続端子部が次のいずれにも該当しないとき", "ja"),
        ("JUST A LINE OF GOOD WISHES ON YOUR SAFE RETURN AND THE HOPE THAT YOUR HEALTH MAY BE RESTORED", "en"),
        ("<table><tr><td>Le rapport annuel de la société est publié chaque année au printemps</td></tr></table>", "fr"),
    ],
)
def test_languages(detector: LanguageDetector, text: str, code: str) -> None:
    found, confidence = detector.detect(text)
    assert found == code
    assert 0 < confidence <= 1


@pytest.mark.parametrize("text", ["", "hello", "12 345 678.90 $ 17 %", "| --- | --- |", "$x = y + z$ " * 20])
def test_too_short_for_a_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == (None, 0.0)


def test_shifted_letters_are_garbage_but_numbers_are_not(detector: LanguageDetector) -> None:
    good = "Proceedings of the annual meeting of the association for computational linguistics, volume one"
    shifted = "".join(chr(ord(char) - 1) if char.isalpha() and char.lower() != "a" else char for char in good)
    assert not detector.is_garbage(good)
    assert detector.is_garbage(shifted)
    assert not detector.is_garbage("1,234 5,678 91.2 % 2024 2023 " * 30)
