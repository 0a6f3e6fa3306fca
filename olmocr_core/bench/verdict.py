"""What one check says about one text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """``passed`` is None where the check could not be judged; ``score`` is how near it came, 0 to 1.

    ``explanation`` is for a person, empty where the check passed.
    """

    passed: bool | None
    explanation: str = ""
    score: float = 0.0

    @classmethod
    def passing(cls, score: float = 1.0) -> CheckVerdict:
        """The check passed."""
        return cls(True, "", score)

    @classmethod
    def failing(cls, explanation: str, score: float = 0.0) -> CheckVerdict:
        """The check failed, and why."""
        return cls(False, explanation, score)
