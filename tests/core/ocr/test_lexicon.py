"""The English word list."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.ocr.ctc import Evidence
from olmocr_core.ocr.lexicon import Lexicon, americanise
from olmocr_core.ocr.lexicon_correction import choose_better_word
from olmocr_core.ocr.recognise import EVIDENCE_LETTERS


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load_english()


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
