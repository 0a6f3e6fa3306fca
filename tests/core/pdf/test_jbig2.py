"""JBIG2 data by its chain of segments."""

from __future__ import annotations

import random

import pytest

from olmocr_core.pdf.jbig2 import holds_regions


def segment(kind: int, data: bytes = b"", number: int = 1, references: int = 0, length: int | None = None) -> bytes:
    size = 1 if number <= 256 else 2 if number <= 65536 else 4
    head = number.to_bytes(4, "big") + bytes([kind])
    if references <= 4:
        head += bytes([references << 5])
    else:
        head += (0x7 << 29 | references).to_bytes(4, "big") + bytes((references + 8) // 8)
    head += bytes(references * size) + b"\1"
    return head + (len(data) if length is None else length).to_bytes(4, "big") + data


PAGE = segment(48, bytes(19), number=0)
REGION = segment(38, bytes(40))


@pytest.mark.parametrize(
    "data",
    [
        PAGE + REGION,
        PAGE + segment(0, bytes(9)) + segment(6, bytes(30), 2, references=1) + segment(49, number=3),
        PAGE + segment(7, bytes(30), 70_000, references=300) + REGION,
        PAGE + segment(39, bytes(30), 300, references=4),
        PAGE + segment(38, bytes(30), length=0xFFFFFFFF),
    ],
)
def test_a_chain_with_a_region_draws_something(data: bytes) -> None:
    assert holds_regions(data)


@pytest.mark.parametrize(
    "data",
    [b"", PAGE, PAGE + REGION[:-1], PAGE + REGION + b"\0\0", PAGE + segment(63), bytes(11 * 90), bytes(1000)],
    ids=["nothing", "no region", "cut off", "cut in a header", "no such type", "zeros", "more zeros"],
)
def test_other_data_draws_nothing(data: bytes) -> None:
    assert not holds_regions(data)


def test_noise_is_no_chain() -> None:
    assert not any(holds_regions(random.Random(seed).randbytes(5000)) for seed in range(50))
