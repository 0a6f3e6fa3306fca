"""The verdict of one check on one text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """``passed`` is None if there is no verdict; ``score`` is the similarity, 0 to 1.

    ``explanation`` is for people, empty if the check passed.
    """

    passed: bool | None
    explanation: str = ""
    score: float = 0.0

    @classmethod
    def passing(cls, score: float = 1.0) -> CheckVerdict:
        """Return the verdict of a passed check."""
        return cls(True, "", score)

    @classmethod
    def failing(cls, explanation: str, score: float = 0.0) -> CheckVerdict:
        """Return the verdict of a failed check, with the reason."""
        return cls(False, explanation, score)
