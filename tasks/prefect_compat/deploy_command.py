"""Runs ``prefect deploy`` on a file of deployments and reads from its output what it created.

Relies on: the words ``successfully created`` and the box around them in the output of ``prefect deploy --all``.
Why: Prefect resolves placeholders of ``prefect.yaml`` in its command line only; there is no public function for it, and
the command prints for people, in boxes as wide as the terminal.
Contract: tests/tasks/prefect_compat/test_deploy_command.py deploys a file on a real server.
Goes when: Prefect offers the command's work as a function, or as output for programs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from olmocr_core.domain.errors import RunError

_CREATED = "successfully created"
_BOX = "│ "
# Wide enough for one line a deployment: the command wraps its lines at the width of the terminal.
_COLUMNS = "200"


def deploy_all(prefect_file: Path) -> list[str]:
    """Deploy every deployment of a file; one line for each comes back. Raises RunError with the command's last words."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(prefect_file)]
    done = subprocess.run(command, env={**os.environ, "COLUMNS": _COLUMNS}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"prefect deploy ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return created(done.stdout)


def created(output: str) -> list[str]:
    """The lines of the command's output that name a deployment that was created."""
    return [line.strip(_BOX) for line in output.splitlines() if _CREATED in line]
