from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from olmocr_core.reading.rotation import add_rotation, to_clockwise

quarters = st.integers(-8, 8).map(lambda number: 90 * number)


@given(quarters, quarters)
def test_corrections_add_up_modulo_a_full_turn(first: int, second: int) -> None:
    assert add_rotation(add_rotation(0, first), second) == (first + second) % 360
    assert add_rotation(add_rotation(0, first), -first) == 0


@given(st.integers(-720, 720).filter(lambda angle: angle % 90))
def test_other_angles_are_refused(angle: int) -> None:
    with pytest.raises(ValueError, match="steps of 90"):
        add_rotation(0, angle)


@given(quarters)
def test_clockwise_and_back_is_the_same_rotation(angle: int) -> None:
    assert (add_rotation(0, angle) + to_clockwise(angle)) % 360 == 0
    assert to_clockwise(to_clockwise(angle)) == angle % 360


def test_counter_clockwise_equals_rotate_90_of_pil() -> None:
    image = Image.new("L", (2, 1))
    image.putpixel((1, 0), 255)
    # After a counter-clockwise quarter turn, the right side is on top.
    once = image.transpose(Image.Transpose.ROTATE_90)
    assert once.size == (1, 2)
    assert once.getpixel((0, 0)) == 255
    assert image.rotate(add_rotation(0, 90), expand=True).tobytes() == once.tobytes()
