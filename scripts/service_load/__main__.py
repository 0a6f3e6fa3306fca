"""``make bench-service``: the service on this machine under load, beside hostile documents and under kills."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from scripts.service_load.documents import Documents
from scripts.service_load.kills import survive_kills
from scripts.service_load.phases import measure_fairness, measure_hostile, measure_latency, measure_load
from scripts.service_load.serving import Served, served

REPO = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("OLMOCR_CORPUS", REPO.parent / "shared" / "corpus"))
PHASES = ("latency", "load", "fairness", "hostile", "kills")


def main() -> int:
    """Run the phases and print their figures; 1 if an accepted job was lost or differs."""
    arguments = build_parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="olmocr-service-") as scratch:
        figures = asyncio.run(run_phases(Path(scratch), arguments))
    print(json.dumps(figures, indent=2))
    return 1 if find_broken_promises(figures) else 0


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(prog="make bench-service", description=__doc__)
    parser.add_argument("--phases", default=",".join(PHASES), help="which, separated by commas (default: all)")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--large-pages", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser


async def run_phases(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of each phase; each has a service of its own."""
    documents = Documents(secrets.token_hex(4))
    phases: dict[str, Callable[[Served], Awaitable[dict[str, Any]]]] = {
        "latency": lambda service: measure_latency(service, documents),
        "load": lambda service: measure_load(service, documents, arguments.clients, arguments.seconds),
        "fairness": lambda service: measure_fairness(service, documents, arguments.large_pages),
        "hostile": lambda service: measure_hostile(service, documents, CORPUS / "hostile"),
        "kills": lambda service: survive_kills(service, documents, arguments.kills, arguments.seed),
    }
    figures: dict[str, Any] = {}
    for name in arguments.phases.split(","):
        with served(folder / name) as service:
            figures[name] = await phases[name](service)
        if name == "kills":
            left = sorted(path.name for path in (folder / name / "tmp").iterdir())
            figures[name]["left_behind"] += left
            figures[name] |= await compare_undisturbed(folder / "undisturbed", figures[name].pop("texts"))
        sys.stderr.write(f"{name}: {json.dumps(figures[name])}\n")
    return figures


async def compare_undisturbed(folder: Path, texts: dict[bytes, str | None]) -> dict[str, int]:
    """How many documents a service that nobody kills reads in another way."""
    from scripts.service_load.clients import Seen, open_client, send_one

    different = 0
    with served(folder) as service:
        async with open_client(service) as client:
            for data, text in texts.items():
                job = await send_one(client, data, Seen(), "alone")
                result = await client.get(f"/v1/documents/{job}/result", params={"format": "markdown"})
                different += result.text != text
    return {"different_from_undisturbed": different}


def find_broken_promises(figures: dict[str, Any]) -> list[str]:
    """The phases in which an accepted job was lost, differs, or left something behind."""
    broken: list[str] = [
        name
        for name in ("load", "hostile")
        if name in figures and (figures[name]["jobs_by_state"].get("lost") or figures[name].get("internal_errors"))
    ]
    kills = figures.get("kills", {})
    if any(kills.get(name) for name in ("lost_or_failed", "different_from_undisturbed", "left_behind")):
        broken.append("kills")
    return broken


if __name__ == "__main__":
    raise SystemExit(main())
