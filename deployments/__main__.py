"""``python -m deployments [pools] [flows] [automations]``: all of it, or some; on the Prefect server that is configured."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence

from deployments.site import REPOSITORY, Site, load_site
from flows.local_server.server import use_found_server
from olmocr_core.domain.errors import OlmocrError, RunError, UsageError

PARTS = ("pools", "flows", "automations")


def main(argv: Sequence[str]) -> int:
    """Make the parts that are named, in their order; the exit code comes back."""
    try:
        if unknown := set(argv) - set(PARTS):
            raise UsageError(f"{', '.join(sorted(unknown))}: name some of {', '.join(PARTS)}, or nothing for all")
        use_found_server()
        site = load_site()
        if "sources" not in site.model_fields_set:
            (REPOSITORY / site.sources[0]).mkdir(exist_ok=True)
        for part in PARTS:
            if part in (argv or PARTS):
                for line in _make(part, site):
                    sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    except OlmocrError as error:
        sys.stderr.write(f"deployments: {error}\n")
        return error.exit_code
    return 0


def _make(part: str, site: Site) -> list[str]:
    # Prefect reads its settings when it is imported, so only after the server is known.
    if part == "pools":
        from deployments.pools import make_pools

        return asyncio.run(make_pools(site))
    if part == "automations":
        from deployments.automations import make_automations

        return [f"automation {name!r}" for name in asyncio.run(make_automations(site))]
    return _deploy()


def _deploy() -> list[str]:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file"]
    done = subprocess.run(
        [*command, str(REPOSITORY / "deployments" / "prefect.yaml")],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip("│ ") for line in done.stdout.splitlines() if "successfully created" in line]
    if done.returncode:
        raise RunError(f"prefect deploy ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
