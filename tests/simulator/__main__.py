"""``python -m tests.simulator --port 30000 --slots 256 --seconds-per-page 2 --faults 0.2``; prints its address, then works.

``GET /_stats`` tells what it served; the same is printed when it ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.simulator.plan import seeded
from tests.simulator.server import Simulator
from tests.simulator.shape import Shape


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description="a model server that is none")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=256)
    parser.add_argument("--most-queued", type=int, default=4096)
    parser.add_argument("--seconds-per-page", type=float, default=2.0)
    parser.add_argument("--tokens", type=int, default=300, help="tokens a page")
    parser.add_argument("--events", type=int, default=20, help="events that an answer is streamed in")
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that misbehave")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dies-after", type=int, help="break every connection at this request and come back later")
    parser.add_argument("--down-seconds", type=float, default=1.0)
    parser.add_argument("--dialect", choices=("sglang", "vllm", "generic"), default="sglang")
    parser.add_argument("--retry-after", default="1")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(args: argparse.Namespace) -> None:
    shape = Shape(
        slots=args.slots,
        most_queued=args.most_queued,
        seconds_per_page=args.seconds_per_page,
        tokens_per_page=args.tokens,
        tokens_per_event=max(1, args.tokens // args.events),
        dialect=args.dialect,
        retry_after=args.retry_after,
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Simulator(seeded(args.seed, args.faults), shape, args.port) as server:
        server.dies_after, server.down_seconds = args.dies_after, args.down_seconds
        print(server.url, flush=True)  # noqa: T201
        await stop.wait()
        summary = server.stats.as_json(shape.slots)
        del summary["timeline"]
        print(json.dumps(summary), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
