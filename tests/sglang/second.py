"""A second server under a launcher in a process of its own, which can be killed without ceremony."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from olmocr_core.engines.sglang.process import SglangConfig

REPO = Path(__file__).resolve().parents[2]
_FIELDS = ("model", "python", "served_name", "arguments", "environment", "log", "cache")
_LAUNCHER = """
import asyncio, json, sys
from pathlib import Path
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer

async def main():
    given = json.loads(sys.argv[1])
    config = SglangConfig(**{**given, "log": Path(given["log"]), "cache": Path(given["cache"])})
    async with SglangServer(config) as server:
        print(server.url, server.process_id, flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


class SecondWorker:
    """Starting as soon as it is made; ``wait`` for its address, ``kill`` its launcher with SIGKILL."""

    def __init__(self, config: SglangConfig) -> None:
        given = json.dumps({name: getattr(config, name) for name in _FIELDS}, default=str)
        self._launcher = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, given],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPO)},
        )

    def wait(self) -> tuple[str, list[psutil.Process]]:
        """The server's address and all its processes, guardian first, as soon as it is ready.

        The launcher itself decides how long that may take; when it gives up, its standard output ends.
        """
        assert self._launcher.stdout is not None
        words = self._launcher.stdout.readline().split()
        assert words, "the second worker did not start: its launcher says why above"
        guardian = psutil.Process(int(words[1]))
        return words[0], [guardian, *guardian.children(recursive=True)]

    def kill(self) -> None:
        """As ``kill -9`` does; the guardian is left to notice."""
        self._launcher.kill()
        self._launcher.wait()
        assert self._launcher.stdout is not None
        self._launcher.stdout.close()
