"""The English word list."""

from __future__ import annotations

import math

import numpy as np
import pytest

from olmocr_core.ocr.ctc import Evidence
from olmocr_core.ocr.lexicon import Lexicon, americanise
from olmocr_core.ocr.lexicon_correction import choose_better_word
from olmocr_core.ocr.recognise import EVIDENCE_LETTERS


def test_the_list_knows_american_spellings_and_old_words(lexicon: Lexicon) -> None:
    for word in ("neighbor", "neighbour", "traveler", "theater", "plow", "whereof", "connexion", "odor", "four"):
        assert word in lexicon, word
    assert americanise("colour") == "color"
    assert (
        choose_better_word(
            "zzzqx", Evidence(np.zeros((3, len(EVIDENCE_LETTERS) + 1), np.float32), EVIDENCE_LETTERS), lexicon
        )
        is None
    )


SMALL = Lexicon({"form": 60, "farm": 30, "forms": 9, "zero": 0})


def test_frequencies_are_logarithms_of_shares() -> None:
    assert SMALL.log_frequency("Form") == pytest.approx(math.log(60 / 99))
    assert SMALL.log_frequency("fern") is None
    assert "FARM" in SMALL
    assert "zero" not in SMALL


def test_similar_words_are_within_so_many_edits() -> None:
    assert SMALL.find_similar("forn", 1) == ["form"]
    assert sorted(SMALL.find_similar("Form", 1)) == ["farm", "form", "forms"]
    assert SMALL.find_similar("house", 1) == []


@pytest.mark.parametrize(
    ("british", "american"),
    [("colour", "color"), ("travelled", "traveled"), ("centre", "center"), ("catalogue", "catalog"),
     ("plough", "plow"), ("practising", "practicing"), ("four", "four")],
)  # fmt: skip
def test_british_spellings_become_american(british: str, american: str) -> None:
    assert americanise(british) == american
