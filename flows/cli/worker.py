"""The command ``olmocr-flows worker``: a worker for the pool ``cpu`` or ``gpu``."""

from __future__ import annotations

import argparse


def add_worker(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    worker = commands.add_parser("worker", help="run a worker for deployed flows")
    worker.add_argument("pool", choices=("cpu", "gpu"), help="cpu for flows, rendering, publishing; gpu for engines")
    worker.add_argument("--limit", type=int, metavar="N", help="flow runs at once (default: cpu 4, gpu 1)")
    worker.add_argument("--name", help="name in the UI (default: the pool and the machine)")
    worker.set_defaults(command=_worker)


def _worker(arguments: argparse.Namespace) -> int:
    from deployments.worker import run_worker

    run_worker(arguments.pool, arguments.limit, arguments.name)
