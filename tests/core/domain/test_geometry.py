from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import EQUATION, Box, Ruling, Word, enclose

numbers = st.integers(0, 100)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), numbers, numbers, numbers, numbers)


def area(box: Box) -> float:
    return box.width * box.height


@given(boxes, boxes)
def test_the_union_encloses_both_and_the_overlap_is_part_of_each(one: Box, two: Box) -> None:
    union = one.union(two)
    assert union == two.union(one) == enclose([one, two])
    assert union.x0 <= one.x0 <= one.x1 <= union.x1
    assert union.y0 <= two.y0 <= two.y1 <= union.y1
    assert one.overlap(two) == two.overlap(one) <= min(area(one), area(two))
    assert one.overlap(one) == area(one)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert Box(0, 0, 2, 2).overlap(Box(2, 0, 4, 2)) == 0
    assert Box(0, 0, 2, 2).overlap(Box(1, 1, 4, 4)) == 1


@given(st.lists(boxes, min_size=1, max_size=5))
def test_the_enclosing_box_is_the_smallest(found: list[Box]) -> None:
    whole = enclose(iter(found))
    assert (whole.x0, whole.y1) == (min(box.x0 for box in found), max(box.y1 for box in found))
    assert whole.center == ((whole.x0 + whole.x1) / 2, (whole.y0 + whole.y1) / 2)


def test_a_ruling_is_horizontal_if_it_is_wider_than_high() -> None:
    assert Ruling(Box(0, 0, 100, 1)).is_horizontal
    assert not Ruling(Box(0, 0, 1, 100)).is_horizontal


def test_an_equation_is_a_word_in_the_font_of_equations() -> None:
    box = Box(0, 0, 1, 1)
    assert Word("x^2", box, 10, font=EQUATION).is_equation
    assert not Word("x", box, 10, font="CMMI10").is_equation
