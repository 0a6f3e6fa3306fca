"""The steps of a release in order: set the version, build, and prove that the wheel works.

Without VERSION nothing in the checkout changes but ``dist/``: the release of the current version is tried.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from scripts.release.build import build_distributions, build_docs
from scripts.release.changelog import release_notes
from scripts.release.check_commands import check_commands
from scripts.release.errors import ReleaseError
from scripts.release.installed import install
from scripts.release.version import read_version, set_version

REPOSITORY = Path(__file__).resolve().parents[2]
T = TypeVar("T")


def main() -> int:
    """Do the steps; 1 when one of them fails."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description="The steps of a release.")
    parser.add_argument("version", nargs="?", help="set this version first, and ask the changelog for its notes")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="release-") as scratch:
            release(arguments.version, Path(scratch))
    except ReleaseError as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    return 0


def release(version: str | None, scratch: Path) -> None:
    """Check the changelog, set the version, build, install, and try. Raises ReleaseError at the first step that fails."""
    if version:
        release_notes((REPOSITORY / "CHANGELOG.md").read_text("utf-8"), version)
        set_version(REPOSITORY / "pyproject.toml", version)
    print(f"olmocr-flows {read_version(REPOSITORY / 'pyproject.toml')}", flush=True)
    wheel = _step("wheel and sdist", lambda: build_distributions(REPOSITORY, REPOSITORY / "dist", scratch))
    _step("documentation", lambda: build_docs(REPOSITORY, scratch / "docs"))
    installed = _step("empty environment", lambda: install(wheel, REPOSITORY / "requirements.lock", scratch))
    samples = REPOSITORY / "tests" / "data" / "samples"
    _step("run, server, deploy, worker", lambda: check_commands(installed, samples))


def _step(name: str, do: Callable[[], T]) -> T:
    begun = time.monotonic()
    result = do()
    print(f"ok  {name} ({time.monotonic() - begun:.0f} s)", flush=True)
    return result
