"""The images' entry point: provides what a container lacks, then runs the command in its own place.

A container that serves without an API key gets one at its first start: the key is printed once, in the log, and the data
folder keeps its hash.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVE = "olmocr-serve"
KEYS = "OLMOCR_SERVE_API_KEYS"
_NEEDS_NO_KEY = ("--new-key", "--api-keys", "--help", "-h")


def main() -> None:
    """Become the command; flags alone are those of the service. Ends with a sentence where the key cannot be kept."""
    command = sys.argv[1:] or [SERVE]
    if command[0].startswith("-"):
        command.insert(0, SERVE)
    environment = dict(os.environ)
    if needs_key(command, environment):
        environment[KEYS] = keys_of(Path(environment.get("OLMOCR_SERVE_DATA", "/data")))
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def needs_key(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a command serves without a key of its own."""
    flags = {flag.partition("=")[0] for flag in command[1:]}
    return command[0] == SERVE and not environment.get(KEYS) and flags.isdisjoint(_NEEDS_NO_KEY)


def keys_of(data: Path) -> str:
    """The lines of ``api-keys`` in the data folder, separated by commas; a missing file is made and its key printed."""
    path = data / "api-keys"
    try:
        if not path.exists():
            _make(path)
        return ",".join(path.read_text().split())
    except OSError as error:
        sys.exit(
            f"{SERVE}: {path} cannot be written or read by user {os.getuid()} ({error.strerror}). "
            f"Mount a volume there, or a folder of this user; or set {KEYS}"
        )


def _make(path: Path) -> None:
    made = subprocess.run([SERVE, "--new-key", "first"], capture_output=True, text=True, check=True).stdout.splitlines()
    new = path.with_name(".api-keys.new")
    with open(new, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(made[1].removeprefix(f"{KEYS}=") + "\n")
        os.fsync(file.fileno())
    # A kill after this line leaves a key in the log that does not work, never one that works and that nobody has seen.
    print(f"{made[0]}\nIts hash is in {path}; remove that file and start again for a new key.", flush=True)  # noqa: T201
    new.rename(path)


if __name__ == "__main__":
    main()
