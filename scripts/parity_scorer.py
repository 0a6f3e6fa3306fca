"""Install the published scorer (package olmocr[bench]) into its own environment, with only what its scorer imports."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

# The release that docs/bench.md describes.
OLMOCR = "olmocr==0.4.27"
_NEEDED = ("beautifulsoup4", "lxml", "fuzzysearch", "rapidfuzz", "numpy", "tqdm", "pillow", "playwright", "requests")


def prepare_scorer(folder: Path) -> str:
    """Return the Python of the environment in ``folder``; create it if necessary. No torch, no browser: 20 MB."""
    python = folder / "bin" / "python"
    if _has_scorer(python):
        return str(python)
    print(f"installing {OLMOCR} into {folder} (a minute)", file=sys.stderr, flush=True)
    pip = [str(python), "-m", "pip", "install", "-q"]
    try:
        venv.create(folder, with_pip=True, clear=True)
        # The scorer does not need its other dependencies, which take gigabytes; hide pip's warnings about them.
        for wanted in (["--no-deps", OLMOCR], list(_NEEDED)):
            subprocess.run([*pip, *wanted], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SystemExit(
            f"{OLMOCR} cannot be installed in {folder} ({error.__class__.__name__}): pip needs a package index once; "
            "or pass an environment that has it: --python PYTHON"
        ) from error
    if not _has_scorer(python):
        raise SystemExit(f"{OLMOCR} in {folder} does not start: remove the folder and run this again")
    return str(python)


def _has_scorer(python: Path) -> bool:
    if not python.exists():
        return False
    return not subprocess.run(
        [str(python), "-c", "import olmocr.bench.tests"], capture_output=True, check=False
    ).returncode
