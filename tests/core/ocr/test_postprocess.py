"""Repairs of what was read."""

from __future__ import annotations

import pytest

from olmocr_core.ocr.postprocess import drop_stray_ideographs, repair_lines
from olmocr_core.ocr.words import ReadLine
from tests.core.ocr.lines import line_box, line_text


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
def test_lines_are_repaired_by_their_letters_and_by_the_page(read: str, mended_text: str) -> None:
    (line,) = repair_lines([ReadLine(line_box(0), line_text(read))])
    assert line.text.text == mended_text
    assert len(line.text.places) == len(line.text.confidences) == len(mended_text)


def test_a_latin_page_keeps_only_ideographs_of_names() -> None:
    prose = ReadLine(line_box(0), line_text("A line of plain prose that is long enough to tell the script of the page"))
    stroke = ReadLine(line_box(40), line_text("a 一 b"), narrow=line_text("a - b"))
    name = ReadLine(line_box(80), line_text("Zhang Wei (张伟)"), narrow=line_text("Zhang Wei (KA)"))
    assert [line.text.text for line in drop_stray_ideographs([prose, stroke, name])] == [
        prose.text.text,
        "a - b",
        "Zhang Wei (张伟)",
    ]
    chinese = ReadLine(line_box(120), line_text("这是一份中文文件，里面有很多汉字"), narrow=line_text("x"))
    assert drop_stray_ideographs([chinese, stroke])[1].text.text == "a 一 b"
