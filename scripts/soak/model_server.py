"""``python -m scripts.soak.model_server PORT SEED FAULTS LOG``: answers by the label of a page, and misbehaves by a seed.

A line of the log is the label of a page that was asked for.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import Any

from scripts.soak.corpus import label_digest, read_label
from tests.simulator import FAULTS, Asked, Fault, Plan, Shape, Simulator, seeded
from tests.simulator.wire import HttpRequest

# Turned pages would be asked for with images whose bars stand elsewhere; a rejected page fails for good.
WEIGHTS: dict[Fault, float] = dict.fromkeys(FAULTS, 1.0) | {"stall": 0.15, "rejected": 0.0, "rotation": 0.0}
MOST_FAULTS = 2


def make_plan(seed: int, share: float) -> Plan:
    """The first two requests for a page may misbehave; a page that never gets an answer would rightly be given up."""
    plan = seeded(seed, share, WEIGHTS)
    return lambda asked: plan(asked) if asked.number <= MOST_FAULTS else None


class LabelledSimulator(Simulator):
    """A simulator whose answer follows from the page, not from its image."""

    log = -1

    def _see(self, body: dict[str, Any], request: HttpRequest) -> Asked | None:
        asked = super()._see(body, request)
        if asked is None or not asked.image.startswith(b"\xff\xd8") or (value := read_label(asked.image)) is None:
            return asked
        os.write(self.log, b"%d\n" % value)
        return replace(asked, digest=label_digest(value))


async def serve(port: int, plan: Plan, log: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = LabelledSimulator(plan, Shape(slots=4, seconds_per_page=0.3), port)
    server.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), make_plan(int(sys.argv[2]), float(sys.argv[3])), sys.argv[4]))
