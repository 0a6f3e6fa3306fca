"""The quality rules: limits of signals that a document must keep to be published. A new rule is one entry of ``RULES``.

Its signal is a function in ``documents/signals.py``; ``documents/evaluate_rules.py`` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, FiniteFloat

# Shares in a few words are meaningless: "Yes\nNo\nYes" is not a loop.
EVIDENCE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit of one signal. ``sentence`` is the reason for people, with ``{value}`` and ``{limit}`` in it.

    ``threshold`` is the default of ``quality.thresholds.<name>``; without one, the setting ``quality.<name>`` holds the
    limit. A text of fewer than ``min_characters`` visible characters is not judged. A rule for pages holds the document
    back for any page that breaks it.
    """

    name: str
    signal: str
    comparison: Literal["at least", "at most"]
    sentence: str
    threshold: float | None = None
    applies_to: Literal["document", "page"] = "document"
    unit: Literal["share", "number"] = "share"
    min_characters: int = EVIDENCE_CHARS


RULES: tuple[Rule, ...] = (
    Rule(
        name="min_chars",
        signal="characters",
        comparison="at least",
        sentence="{value} characters of text; {limit} are asked for",
        unit="number",
        min_characters=0,
    ),
    Rule(
        name="min_alnum_share",
        signal="alnum_share",
        comparison="at least",
        sentence="{value} of its visible characters are letters or digits; at least {limit} are asked for",
    ),
    Rule(
        name="max_repeated_line_share",
        signal="repeated_line_share",
        comparison="at most",
        sentence="{value} of its lines repeat an earlier line; at most {limit} is tolerated",
    ),
    Rule(
        name="max_repeated_ngram_share",
        signal="repeated_ngram_share",
        comparison="at most",
        sentence="{value} of its words repeat an earlier run of 10 words; at most {limit} is tolerated",
    ),
    Rule(
        name="max_mojibake",
        signal="mojibake_share",
        comparison="at most",
        sentence="{value} of its characters look wrongly decoded; at most {limit} is tolerated",
    ),
)


def check_thresholds(thresholds: dict[str, float]) -> dict[str, float]:
    """The thresholds. Raises ValueError for a name that no rule takes its threshold from."""
    known = [rule.name for rule in RULES if rule.threshold is not None]
    for name in thresholds:
        if name not in known:
            raise ValueError(f"no rule takes a threshold named {name!r}; those that do: {', '.join(known) or 'none'}")
    return thresholds


Thresholds = Annotated[dict[str, FiniteFloat], AfterValidator(check_thresholds)]
"""The type of the setting ``quality.thresholds``: numbers by the name of their rule."""
