"""The images' health check: whether the service answers; other commands have nothing to ask and count as healthy."""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path


def main() -> int:
    """Return the exit code that Docker expects: 0 for healthy, 1 otherwise."""
    port = served_port(Path("/proc/1/cmdline").read_bytes(), os.environ.get("OLMOCR_SERVE_PORT", "8000"))
    return 0 if port is None or answers(port) else 1


def served_port(command_line: bytes, port: str) -> str | None:
    """The port that a container's first process serves on, by its command line; None if it does not serve."""
    words = [word.decode("utf-8", "replace") for word in command_line.split(b"\0") if word]
    entry = next((index for index, word in enumerate(words) if word.endswith("/start.py")), -1)
    # As in start.py: no command, and flags alone, mean the service.
    command = words[entry + 1 :]
    if command and not command[0].startswith("-") and not command[0].endswith("olmocr-serve"):
        return None
    for flag, value in zip(command, [*command[1:], ""], strict=False):
        if flag == "--port" or flag.startswith("--port="):
            port = flag.partition("=")[2] or value
    return port


def answers(port: str) -> bool:
    """Whether ``/health`` of the service on this port answers within four seconds."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=4) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
