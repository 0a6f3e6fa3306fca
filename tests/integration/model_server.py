"""``python -m tests.integration.model_server PORT WITNESS``: the simulator, which notes every request in a file.

A line is one write to a file opened for appending: what was answered is known however the process ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.simulator import Fault, Shape, Simulator, seeded
from tests.simulator.answers import page_text
from tests.simulator.plan import Asked
from tests.simulator.wire import Connection, HttpRequest


class WitnessedSimulator(Simulator):
    """A simulator with a witness."""

    witness = -1

    def note(self, event: str, asked: Asked) -> None:
        """Write down what happened to a page."""
        line = {"event": event, "page": asked.digest}
        if event == "done":
            line["text"] = page_text(asked, self.shape.tokens_per_page)
        os.write(self.witness, json.dumps(line).encode() + b"\n")

    def _see(self, body: dict[str, Any], request: HttpRequest) -> Asked | None:
        asked = super()._see(body, request)
        if asked and asked.image:
            self.note("asked", asked)
        return asked

    async def _serve(self, body: dict[str, Any], asked: Asked, fault: Fault | None, connection: Connection) -> bool:
        goes_on = await super()._serve(body, asked, fault, connection)
        if asked.image and goes_on and fault is None:
            self.note("done", asked)
        return goes_on


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.model_server", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("witness", type=Path)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--seconds-per-page", type=float, default=0.2)
    parser.add_argument("--faults", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args()))


async def _serve(args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    shape = Shape(slots=args.slots, seconds_per_page=args.seconds_per_page)
    simulator = WitnessedSimulator(seeded(7, args.faults), shape, args.port)
    simulator.witness = os.open(args.witness, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with simulator:
        await stop.wait()


if __name__ == "__main__":
    main()
