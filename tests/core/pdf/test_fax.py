"""Fax data is judged by its rows: whole, short of some, or nothing but noise."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from olmocr_core.pdf.fax import holds_rows
from tests.core.pdf.damaged_scans import HEIGHT, WIDTH, encode_fax, scanned

SHEETS = {"written": scanned("words of a scan"), "blank": scanned("")}


def gray(seed: int, width: int) -> Image.Image:
    """A photograph in black and white dots: every mode of the code occurs in it."""
    return Image.frombytes("L", (width, 60), random.Random(seed).randbytes(width * 60))


@pytest.mark.parametrize("group", ["group3", "group4"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_whole_data_holds_its_rows(group: str, sheet: str) -> None:
    assert holds_rows(encode_fax(SHEETS[sheet], group), WIDTH, HEIGHT)


@pytest.mark.parametrize("group", ["group3", "group4"])
@pytest.mark.parametrize("width", [1, 8, 65, 850, 2600])
@pytest.mark.parametrize("seed", range(3))
def test_dots_of_every_kind_are_valid(group: str, width: int, seed: int) -> None:
    assert holds_rows(encode_fax(gray(seed, width), group), width, 60)


@pytest.mark.parametrize("group", ["group3", "group4"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_half_of_the_data_does_not_suffice(group: str, sheet: str) -> None:
    data = encode_fax(SHEETS[sheet], group)
    assert not holds_rows(data[: len(data) // 2], WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [0, 1, 500, 200_000])
def test_zeros_and_noise_hold_no_rows(size: int) -> None:
    assert not holds_rows(bytes(size), WIDTH, HEIGHT)
    assert not any(holds_rows(random.Random(seed).randbytes(size), WIDTH, HEIGHT) for seed in range(5))


def test_a_page_that_ends_early_by_its_own_word_is_whole() -> None:
    assert holds_rows(encode_fax(SHEETS["written"], "group4"), WIDTH, 2 * HEIGHT)


def test_a_large_image_is_judged_by_its_first_part() -> None:
    dots = Image.frombytes("L", (2600, 500), random.Random(1).randbytes(2600 * 500))
    data = encode_fax(dots, "group4")
    assert len(data) > 1 << 17
    assert holds_rows(data, 2600, 500)
    assert not holds_rows(bytes(1000) + data, 2600, 500)


@pytest.mark.parametrize(("width", "height"), [(0, HEIGHT), (WIDTH, 0), (-1, HEIGHT)])
def test_an_image_without_a_size_holds_no_rows(width: int, height: int) -> None:
    assert not holds_rows(encode_fax(SHEETS["written"], "group4"), width, height)
