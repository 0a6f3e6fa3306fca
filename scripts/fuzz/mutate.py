"""New inputs out of seeds, without knowledge of the code: each is a few random edits away from one of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_ODD = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xcc\x81",
    b"\n",
    b"\r",
    b"9" * 40,
    b"-1",
    b"1e999",
    b"[",
    b"{",
    b"<",
    b"&#",
    b"\\",
)
_MOST_BYTES = 8_000


def mutate(seeds: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Yield mutated inputs for ever."""
    while True:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            _edit(data, seeds, chance)
        yield bytes(data[:_MOST_BYTES])


def _edit(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    """Replace a piece by nothing, by itself several times, by a piece of a seed, or by something odd."""
    start = chance.randint(0, len(data))
    end = min(len(data), start + chance.choice((0, 1, 4, 16, 64)))
    other = chance.choice(seeds)
    cut = chance.randint(0, len(other))
    new = chance.choice(
        (
            b"",
            bytes(data[start:end]) * chance.randint(2, 50),
            other[cut : cut + chance.choice((1, 8, 64))],
            chance.choice(_ODD) * chance.choice((1, 1, 70)),
            chance.randbytes(chance.randint(1, 4)),
        )
    )
    data[start:end] = new
