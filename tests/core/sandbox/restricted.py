"""A process that restricts itself for good, and what it says then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]


def say_when_restricted(program: str, *arguments: str) -> list[str]:
    """The lines that a Python program prints, which ``tried(function, *arguments)`` adds to: ``done``, or the error."""
    start = (
        "import os, socket, sys, resource\nfrom pathlib import Path\n"
        "from olmocr_core.sandbox import landlock, namespaces, seccomp\n"
        "def tried(function, *arguments):\n"
        "    try:\n        function(*arguments)\n    except OSError as error:\n        print(error.strerror)\n"
        "    else:\n        print('done')\n"
    )
    command = [sys.executable, "-c", start + program, *arguments]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
