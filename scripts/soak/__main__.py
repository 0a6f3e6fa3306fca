"""``python -m scripts.soak --minutes 45``: disturb a site, then check its invariants. Ends with 1 if one is broken.

Two workers are never killed: their memory and descriptors show a leak. Everything else dies in turn.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from scripts.soak.soak import Soak
from scripts.soak.table import format_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    arguments = parser.parse_args()
    # Whoever stops a soak leaves no processes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="olmocr-soak-"))
    print(f"soak: {arguments.minutes:g} minutes, seed {arguments.seed}, logs in {folder / 'logs'}", flush=True)
    result = Soak(folder, arguments.minutes, arguments.seed).run()
    print(format_table(result))
    if result.broken:
        print(f"logs of the processes: {folder / 'logs'}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
