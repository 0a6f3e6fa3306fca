"""Mutations are the same for a seed, and differ from what they start from."""

from __future__ import annotations

import random
from itertools import islice

from scripts.fuzz.mutate import mutate


def test_a_seed_decides_everything() -> None:
    first, again = (list(islice(mutate([b"abc", b"defg"], random.Random(5)), 50)) for _ in range(2))
    assert first == again
    assert len(set(first)) > 40
    assert all(len(data) <= 8_000 for data in first)
