"""Generate equations in the style of old textbooks from a grammar: LaTeX, the same for the same seed."""

from __future__ import annotations

import random

_LETTERS = "xyabxztnmk"
_NAMES = (r"\sin", r"\cos", r"\tan", r"\log")
_WORD_LIST = (
    "Hence the value of the expression may be found as before and we have from the last equation that the given integral "
    "becomes after reduction to its simplest form"
)
_WORDS = _WORD_LIST.split()


class Grammar:
    """Generates equations from a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def equation(self) -> str:
        """Generate one to three sides, joined by equals signs."""
        sides = [self._side() for _ in range(self._rng.choice([2, 2, 2, 3]))]
        return self._rng.choice(["", "", "", r"\therefore "]) + "=".join(sides)

    def sentence(self) -> str:
        """Generate a few words of a textbook."""
        return " ".join(self._rng.choice(_WORDS) for _ in range(self._rng.randint(3, 18))).capitalize() + ","

    def chance(self) -> bool:
        """Return True half of the time."""
        return self._rng.random() < 0.5

    def _letter(self) -> str:
        return self._rng.choice(_LETTERS)

    def _digit(self) -> str:
        return str(self._rng.randint(2, 9))

    def _term(self) -> str:
        letter, digit = self._letter(), self._digit()
        power = self._rng.choice(["2", "3", "2", "n", "m", "-1", "4"])
        below = self._rng.choice("12n0")
        kinds = [
            f"{digit}{letter}",
            letter,
            f"{letter}^{{{power}}}",
            f"{digit}{letter}^{{2}}",
            letter + self._letter(),
            digit,
        ]
        return self._rng.choice([*kinds, f"{letter}_{{{below}}}"])

    def _sum(self, count: int = 0) -> str:
        return self._rng.choice("+-").join(self._term() for _ in range(count or self._rng.randint(1, 3)))

    def _factors(self) -> str:
        return f"({self._sum(2)})({self._sum(2)})"

    def _root(self) -> str:
        return rf"\sqrt{{{self._sum(2)}}}"

    def _fraction(self) -> str:
        over = self._rng.choice([self._sum(), self._digit(), self._factors(), f"d{self._letter()}"])
        under = self._rng.choice([self._sum(), self._digit(), f"({self._sum(2)})", self._root(), self._factors()])
        return rf"\frac{{{over}}}{{{under}}}"

    def _function(self) -> str:
        return f"{self._rng.choice(_NAMES)} {self._letter()}"

    def _side(self) -> str:
        top = self._rng.choice("1a")
        return self._rng.choice(
            [
                self._sum(),
                self._fraction(),
                f"{self._sum(1)}+{self._fraction()}",
                self._factors(),
                self._root(),
                rf"\int {self._fraction()}d{self._letter()}",
                rf"\int_{{0}}^{{{top}}}{self._sum(1)}d{self._letter()}",
                f"{self._function()}+{self._function()}",
                f"{self._fraction()}-{self._fraction()}",
                rf"\frac{{1}}{{{self._digit()}}}\left({self._sum(1)}+{self._fraction()}\right)",
            ]
        )
