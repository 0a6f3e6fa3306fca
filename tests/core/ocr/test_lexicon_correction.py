"""Unknown words, corrected by the evidence for known ones."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from olmocr_core.ocr.ctc import Evidence, extract_evidence
from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.lexicon_correction import correct_with_lexicon
from olmocr_core.ocr.recognise import EVIDENCE_LETTERS, LineText
from olmocr_core.ocr.words import ReadLine

PROSE = "the remains of those who fell in the battle were found by our men and lie in this place"


def said(text: str, doubts: dict[int, str] | None = None, share: float = 0.35) -> LineText:
    """A line with a step per character and a blank after it; ``doubts`` are the alternatives seen, by place."""
    scores = np.full((2 * len(text), len(EVIDENCE_LETTERS) + 1), 1e-4, np.float32)
    for index, char in enumerate(text):
        other = (doubts or {}).get(index)
        if char in EVIDENCE_LETTERS:
            scores[2 * index, EVIDENCE_LETTERS.index(char) + 1] = 1 - share if other else 0.98
        if other:
            scores[2 * index, EVIDENCE_LETTERS.index(other) + 1] = share
        scores[2 * index + 1, 0] = 0.98
    evidence = extract_evidence(scores, range(1, len(EVIDENCE_LETTERS) + 1), EVIDENCE_LETTERS)
    places = tuple((2 * index + 0.5) / (2 * len(text)) for index in range(len(text)))
    return LineText(text, 0.9, places, (0.9,) * len(text), evidence)


def page(*texts: LineText) -> list[ReadLine]:
    box = LineBox(cx=200, cy=100, length=400, thickness=20, tilt=0.0, score=0.9)
    return [ReadLine(replace(box, cy=30.0 * number), text) for number, text in enumerate([said(PROSE), *texts])]


def read(lexicon: Lexicon, *texts: LineText) -> list[str]:
    return [line.text.text for line in correct_with_lexicon(page(*texts), lexicon)][1:]


def test_an_unknown_word_is_replaced_by_a_known_one_that_was_nearly_seen(lexicon: Lexicon) -> None:
    assert read(lexicon, said("an eemetery here", {3: "c"})) == ["an cemetery here"]
    assert read(lexicon, said("AN EEMETERY HERE", {3: "C"})) == ["AN CEMETERY HERE"]
    assert read(lexicon, said("the Hospilal", {9: "t"})) == ["the Hospital"]


def test_confident_readings_stay(lexicon: Lexicon) -> None:
    assert read(lexicon, said("an eemetery here")) == ["an eemetery here"]
    assert read(lexicon, said("near the abatis")) == ["near the abatis"]


def test_names_need_stronger_evidence(lexicon: Lexicon) -> None:
    doubt = {5: "t"}
    assert read(lexicon, said("hospilal", doubt, share=0.005)) == ["hospital"]
    assert read(lexicon, said("Hospilal", doubt, share=0.005)) == ["Hospilal"]


def test_known_words_are_never_changed_whatever_else_was_seen(lexicon: Lexicon) -> None:
    assert read(lexicon, said("a form", {5: "n"}, share=0.49)) == ["a form"]


def test_unknown_words_that_occur_twice_stay(lexicon: Lexicon) -> None:
    twice = said("eemetery eemetery", {0: "c", 9: "c"})
    assert read(lexicon, twice) == ["eemetery eemetery"]


def test_parts_of_words_at_line_ends_and_codes_are_not_words(lexicon: Lexicon) -> None:
    first, second = said("his identi-"), said("fieation 1cmetery", {1: "f", 3: "c"})
    assert read(lexicon, first, second) == ["his identi-", "fieation 1cmetery"]


def test_pages_in_other_languages_are_unchanged(lexicon: Lexicon) -> None:
    german = "Wer glaubt die Welt verstanden zu haben hat sie niemals wirklich gesehen und nichts"
    line = ReadLine(LineBox(200, 60, 400, 20, 0.0, 0.9), said("mnde", {1: "a"}))
    lines = [ReadLine(LineBox(200, 30, 400, 20, 0.0, 0.9), said(german)), line]
    assert correct_with_lexicon(lines, lexicon) == lines


def test_merged_words_are_separated_where_a_space_was_seen(lexicon: Lexicon) -> None:
    text = said("softening ofbrain")
    evidence = text.evidence
    assert evidence is not None
    logs = evidence.logs.copy()
    logs[2 * 11 + 1, EVIDENCE_LETTERS.index(" ") + 1] = math.log(0.4)
    assert read(lexicon, replace(text, evidence=Evidence(logs, EVIDENCE_LETTERS))) == ["softening of brain"]
    assert read(lexicon, text) == ["softening ofbrain"]


def test_letters_of_a_new_word_spread_over_the_place_of_the_old_one(lexicon: Lexicon) -> None:
    lines = correct_with_lexicon(page(said("an eemetery here", {3: "c"})), lexicon)
    text = lines[1].text
    assert len(text.places) == len(text.confidences) == len(text.text)
    assert list(text.places) == sorted(text.places)
