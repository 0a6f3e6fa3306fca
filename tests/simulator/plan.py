"""Which request misbehaves, and how: by a seed, or by a script."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

Fault = Literal[
    "error_500",  # 500 with words
    "queue_full",  # 503, as SGLang says it
    "throttled",  # 429
    "throttled_after",  # 429 with Retry-After
    "hang_up",  # the connection is closed before a word is said
    "reset",  # the connection is reset in the middle of the stream
    "cut",  # the stream ends in good order but too soon: no finish reason
    "stall",  # tokens stop coming and the connection stays
    "length",  # finish reason length in the middle of the text
    "malformed",  # front matter that is no YAML mapping of the right fields
    "missing",  # text without front matter
    "loop",  # the same line until the token limit
    "rotation",  # says that the page is turned, as long as it gets this image
    "wrong_json",  # a stream of something else
    "rejected",  # 400
    "error_in_stream",  # 200, then an error event
]
FAULTS = cast(tuple[Fault, ...], get_args(Fault))
# A slot that stalls is lost until the client's patience ends, so stalls are rare; rejected pages would simply fail.
_WEIGHTS: Mapping[Fault, float] = dict.fromkeys(FAULTS, 1.0) | {"stall": 0.15, "rejected": 0.0, "rotation": 2.0}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the plan sees it; ``number`` counts the requests with this image from 1."""

    image: bytes
    digest: str
    number: int


Plan = Callable[[Asked], Fault | None]


def well_behaved(asked: Asked) -> Fault | None:
    """No faults."""
    return None


def in_turn(*faults: Fault | None) -> Plan:
    """Each image of a page meets these in turn, the last one for ever. The PNG that asks whether it is well does not."""
    return lambda asked: None if asked.image.startswith(b"\x89PNG") else faults[min(asked.number, len(faults)) - 1]


def seeded(seed: int, share: float, weights: Mapping[Fault, float] = _WEIGHTS) -> Plan:
    """A share of all requests misbehaves; which ones depends on seed, image and number, never on the order of arrival."""
    kinds = [fault for fault in weights if fault != "rotation"]
    turned_share = share * weights.get("rotation", 0.0) / sum(weights.values())

    def plan(asked: Asked) -> Fault | None:
        if random.Random(f"{seed} turned {asked.digest}").random() < turned_share:
            return "rotation"
        chance = random.Random(f"{seed} {asked.digest} {asked.number}")
        if chance.random() >= share - turned_share:
            return None
        return chance.choices(kinds, [weights[kind] for kind in kinds])[0]

    return plan
