"""The seeds of each fuzz target pass, alone and repeated up to 64 kB: what fuzzing found once stays found."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from scripts.fuzz.layouts import decode, encode
from scripts.fuzz.mutate import mutate
from scripts.fuzz.target import check, tile
from scripts.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass(name: str) -> None:
    target = TARGETS[name]
    assert [found for data in target.seeds if (found := check(target, data))] == []


@pytest.mark.parametrize("name", TARGETS)
def test_a_repeated_seed_takes_linear_time(name: str) -> None:
    target = TARGETS[name]
    assert check(target, tile(target.seeds[0], size=16_000)) is None


@pytest.mark.parametrize("name", TARGETS)
def test_some_mutations_pass(name: str) -> None:
    target = TARGETS[name]
    inputs = islice(mutate(target.seeds, random.Random(12)), 30)
    assert [found for data in inputs if (found := check(target, data))] == []


def test_a_page_out_of_bytes_has_its_words() -> None:
    layout = decode(encode((0, 72, 100, 40, 10, 12, "word"), (1, 0, 0, 100, 1, 0, ""), (2, 5, 5, 50, 50, 0, "")))
    assert [(word.text, word.box.x0, word.size) for word in layout.words] == [("word", 72.0, 12.0)]
    assert (len(layout.rulings), len(layout.images)) == (1, 1)
    assert decode(b"\0" * 5).words == ()
