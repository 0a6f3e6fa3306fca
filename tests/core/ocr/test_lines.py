from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from olmocr_core.ocr.detect import LineBox, extract_line_boxes
from olmocr_core.ocr.model_cascade import CAREFUL_WIDTH, find_doubtful_lines, is_hard_page, measure_crop_width
from olmocr_core.ocr.noise import is_noise, remove_show_through
from olmocr_core.ocr.postprocess import drop_stray_ideographs, repair_lines
from olmocr_core.ocr.recognise import LineText, Recogniser
from olmocr_core.ocr.rectify import deskew, estimate_skew
from olmocr_core.ocr.rulings import find_rulings
from olmocr_core.ocr.sample import MAX_SAMPLES, choose_spread_lines
from olmocr_core.ocr.spacing import restore_spaces
from olmocr_core.ocr.words import ReadLine, split_into_words


def band(cy: float, length: float = 200, slope: float = 0.0) -> LineBox:
    return LineBox(cx=200, cy=cy, length=length, thickness=20, tilt=0.0, score=0.9, slope=slope)


def said(text: str, confidence: float = 0.99) -> LineText:
    places = tuple((index + 0.5) / max(len(text), 1) for index in range(len(text)))
    return LineText(text, confidence, places, (confidence,) * len(text))


def test_bands_of_heat_become_lines_a_little_larger_than_the_band() -> None:
    heat = np.zeros((100, 300), np.float32)
    heat[40:52, 50:250] = 0.9
    heat[80:82, 10:14] = 0.9  # a speck
    heat[10:20, 10:100] = 0.35  # too weak
    (line,) = extract_line_boxes(heat)
    x0, y0, x1, y1 = line.bounds
    assert x0 < 50 < 250 < x1 < 265
    assert y0 < 40 < 52 < y1 < 66


def test_skew_is_what_most_long_lines_lean_by() -> None:
    assert estimate_skew([band(y, slope=2.0) for y in range(0, 200, 40)] + [band(300, slope=-9)]) == 2.0
    assert estimate_skew([band(10, slope=2.0), band(50, slope=2.0)]) == 0.0
    assert estimate_skew([band(y, slope=y / 10.0 - 8) for y in range(0, 160, 20)]) == 0.0
    assert estimate_skew([band(y, length=60, slope=3) for y in range(0, 200, 40)]) == 0.0


def test_new_corners_are_of_the_paper() -> None:
    paper = np.full((200, 300, 3), (240, 230, 200), np.uint8)
    assert (deskew(paper, 5.0) == (240, 230, 200)).all()


def test_collapsed_characters_keep_their_places() -> None:
    scores = np.zeros((10, 4), np.float32)
    for step, label in enumerate([0, 1, 1, 0, 1, 3, 2, 2, 0, 0]):
        scores[step, label] = 0.9
    line = Recogniser(None, ["a", "b", " "])._decode(scores, scores.argmax(axis=1), filled=1.0)  # type: ignore[arg-type]
    assert line.text == "aa b"
    assert line.places == pytest.approx((0.2, 0.45, 0.55, 0.7))
    assert line.confidence == pytest.approx(0.9)


def test_words_of_a_line_tile_it_in_order() -> None:
    words = list(split_into_words(ReadLine(band(100), said("one  two three")), 7))
    assert [word.text for word in words] == ["one", "two", "three"]
    assert {word.line for word in words} == {7}
    assert words[0].box.x0 == pytest.approx(100, abs=1)
    assert words[-1].box.x1 == pytest.approx(300, abs=3)
    assert all(a.box.x1 < b.box.x0 for a, b in pairwise(words))


@pytest.mark.parametrize(("rotation", "first_is_lower"), [(90, True), (270, False)])
def test_words_of_a_column_run_along_it(rotation: int, first_is_lower: bool) -> None:
    column = LineBox(cx=50, cy=200, length=20, thickness=300, tilt=0.0, score=0.9)
    first, second = split_into_words(ReadLine(column, said("up down"), rotation), 0)
    assert first.rotation == rotation
    assert (first.box.y0 > second.box.y0) is first_is_lower
    assert first.box.width < first.box.height


def test_a_lost_space_is_put_back_where_the_picture_has_one() -> None:
    text = said("ab cd efgh ij kl")
    crop = np.full((40, 16 * 20, 3), 255, np.uint8)
    for index, char in enumerate(text.text):
        if char != " ":
            crop[8:32, index * 20 + 1 : index * 20 + 19] = 0
    assert restore_spaces(text, crop) == text
    crop[:, 7 * 20 + 8 : 8 * 20 + 12] = 255
    assert restore_spaces(text, crop).text == "ab cd ef gh ij kl"


def test_a_letter_torn_off_its_word_is_put_back_and_a_symbol_is_left_alone() -> None:
    text = said("it was a m ajor one x y")
    crop = np.full((40, 23 * 20, 3), 255, np.uint8)
    for index, char in enumerate(text.text):
        if char != " ":
            crop[8:32, index * 20 + 1 : index * 20 + 19] = 0
    crop[8:32, 10 * 20 : 10 * 20 + 13] = 0
    assert restore_spaces(text, crop).text == "it was a major one x y"


@pytest.mark.parametrize(
    ("read", "mended_text"),
    [
        ("ShelI and wiIl", "Shell and will"),
        ("theIndian PhaseI McIan Henry VIII", "theIndian PhaseI McIan Henry VIII"),
        ("TRAlNING lNSURANCE", "TRAINING INSURANCE"),
        ("HClO AlGaAs l l.c. Al", "HClO AlGaAs l l.c. Al"),
        ("the sometimes lost sometim es word", "the sometimes lost sometimes word"),
        ("THE BULL DOG, a bulldog", "THE BULL DOG, a bulldog"),
        ("always be always and ways be", "always be always and ways be"),
        ("be long to, to be, belong, long be", "be long to, to be, belong, long be"),
    ],
)
def test_lines_are_mended_by_their_letters_and_by_the_page(read: str, mended_text: str) -> None:
    (line,) = repair_lines([ReadLine(band(0), said(read))])
    assert line.text.text == mended_text
    assert len(line.text.places) == len(line.text.confidences) == len(mended_text)


def test_a_page_of_latin_letters_holds_no_ideographs_but_names() -> None:
    prose = ReadLine(band(0), said("A line of plain prose that is long enough to tell the script of the page"))
    stroke = ReadLine(band(40), said("a 一 b"), narrow=said("a - b"))
    name = ReadLine(band(80), said("Zhang Wei (张伟)"), narrow=said("Zhang Wei (KA)"))
    assert [line.text.text for line in drop_stray_ideographs([prose, stroke, name])] == [
        prose.text.text,
        "a - b",
        "Zhang Wei (张伟)",
    ]
    chinese = ReadLine(band(120), said("这是一份中文文件，里面有很多汉字"), narrow=said("x"))
    assert drop_stray_ideographs([chinese, stroke])[1].text.text == "a 一 b"


def test_the_second_best_characters_stand_in_for_ideographs() -> None:
    class Network:
        def run(self, batch: np.ndarray) -> list[np.ndarray]:
            scores = np.zeros((len(batch), batch.shape[3] // 8, 4), np.float32)
            scores[:, :, 0] = 0.1
            scores[:, 2, 1], scores[:, 2, 2] = 0.5, 0.4
            return [scores]

    reader = Recogniser(Network(), ["一", "-"])  # type: ignore[arg-type]
    ((text, narrow),) = reader.read_with_alternative([np.full((48, 96, 3), 255, np.uint8)])
    assert text.text == "一"
    assert narrow is not None
    assert narrow.text == "-"
    assert narrow.confidence == pytest.approx(0.4)


def test_noise_is_dropped_and_faint_text_is_kept() -> None:
    assert is_noise(ReadLine(band(0), said("")))
    assert is_noise(ReadLine(band(0), said("|]~", 0.6)))
    assert is_noise(ReadLine(band(0), said("hnxlq", 0.4)))
    assert not is_noise(ReadLine(band(0), said("Dear Shirley", 0.55)))
    assert not is_noise(ReadLine(band(0), said("7", 0.95)))


def test_only_the_doubtful_lines_of_a_hard_page_are_read_again() -> None:
    lines = [ReadLine(band(y), said("some text", sure)) for y, sure in ((0, 0.99), (40, 0.8), (80, 0.6), (120, 0.1))]
    assert is_hard_page(lines)
    assert not is_hard_page(lines[:1] * 9 + lines[1:2])
    assert find_doubtful_lines(lines) == [2, 1]


def test_reading_again_has_a_limit() -> None:
    line = ReadLine(band(0, length=2000), said("long line", 0.6))
    chosen = find_doubtful_lines([line] * 50)
    assert 0 < len(chosen) * measure_crop_width(line.box) <= CAREFUL_WIDTH


def test_samples_are_long_and_short_lines_from_top_to_bottom() -> None:
    lines = [band(10.0 * index, length=50 + 17 * index % 300) for index in range(60)]
    chosen = choose_spread_lines(lines)
    assert len(chosen) == MAX_SAMPLES
    assert chosen[0].cy < 100
    assert chosen[-1].cy > 500
    assert choose_spread_lines(lines[:3]) == lines[:3]


def test_drawn_lines_are_found_and_letters_are_not(printed: np.ndarray) -> None:
    page = np.full((600, 500, 3), 255, np.uint8)
    page[100:102, 50:450] = 0
    page[100:400, 50:52] = 0
    page[200:260, 200:260] = 0
    found = find_rulings(page)
    assert sorted(ruling.is_horizontal for ruling in found) == [False, True]
    assert find_rulings(printed, band=26) == []


def test_what_shines_through_the_leaf_is_left_out_and_faint_words_stay() -> None:
    image = np.full((700, 400, 3), 230, np.uint8)
    lines = []
    for number, (ink, text, sure) in enumerate(
        [(40, "a line of print", 0.98)] * 10
        + [(190, "lo seeoqiuq tol", 0.62), (190, "in pencil", 0.95), (190, "9H", 0.97), (40, "a blot of ink", 0.6)]
    ):
        y = 30 + number * 48
        image[y - 6 : y + 6, 110:290:4] = ink
        lines.append(ReadLine(band(y), said(text, sure)))
    texts = [line.text.text for line in remove_show_through(lines, image)]
    assert texts == ["a line of print"] * 10 + ["in pencil", "a blot of ink"]
    assert remove_show_through(lines[8:], image) == lines[8:]
