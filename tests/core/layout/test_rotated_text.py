"""Pages and words in other directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.rotated_text import find_main_rotation, read_rotated_text, rotate_box
from tests.core.layout.pages import lines, page, prose


def test_a_page_on_its_side_is_read_upright() -> None:
    upright = [*lines(prose("a", 3), 50, 100), *lines(prose("b", 3), 50, 160)]
    turned = [
        Word(w.text, Box(w.box.y0, 792 - w.box.x1, w.box.y1, 792 - w.box.x0), w.size, rotation=90) for w in upright
    ]

    assert transcribe_layout(page(turned)).text == transcribe_layout(page(upright)).text


SOMEWHERE = Box(10, 20, 40, 30)


def word(text: str, rotation: int, box: Box = SOMEWHERE) -> Word:
    return Word(text, box, 10, rotation=rotation)


@pytest.mark.parametrize(
    ("words", "rotation"),
    [
        ([], 0),
        ([word("long enough", 90), word("up", 0)], 90),
        ([word("half", 270), word("half", 0)], 0),
        ([word("slanted", 45)], 0),
    ],
)
def test_the_main_rotation_is_that_of_most_characters(words: list[Word], rotation: int) -> None:
    assert find_main_rotation(words) == rotation


def test_rotated_words_are_lines_one_direction_after_the_other() -> None:
    up = [word("Axis", 90, Box(20, 400, 30, 440)), word("label", 90, Box(20, 340, 30, 390))]
    assert read_rotated_text([*up, word("draft", 45)], page(up)) == ["draft", "Axis label"]


@given(st.tuples(*(st.integers(0, 100),) * 4), st.sampled_from([0, 90, 180, 270]))
def test_four_quarter_turns_restore_a_box(sides: tuple[int, int, int, int], rotation: int) -> None:
    box = Box(min(sides[0], sides[2]), min(sides[1], sides[3]), max(sides[0], sides[2]), max(sides[1], sides[3]))
    width, height = 100.0, 140.0
    turned = rotate_box(box, rotation, width, height)
    back = rotate_box(turned, -rotation % 360, *((height, width) if rotation % 180 else (width, height)))
    assert back == box
    assert {turned.width, turned.height} == {box.width, box.height}
