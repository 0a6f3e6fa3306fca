"""Fuzz one target for some seconds, in a process of its own: guided by coverage where atheris is installed, else at random."""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.fuzz.mutate import mutate
from scripts.fuzz.target import Finding, Target, check, tile

TILE_EVERY = 256


@dataclass(slots=True)
class Session:
    """The inputs of one target so far; each kind of finding is kept once, in ``folder``."""

    target: Target
    folder: Path
    slowness: float = 1.0
    inputs: int = 0
    found: dict[str, Finding] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def feed(self, data: bytes) -> None:
        """Check an input, and of every 256th as well a piece that is repeated up to 64 kB."""
        self.inputs += 1
        self._keep(check(self.target, data, self.slowness))
        if self.inputs % TILE_EVERY == 0:
            start = self.chance.choice((0, self.chance.randrange(max(1, len(data)))))
            end = start + self.chance.choice((1, 2, 3, 4, 8, 16, len(data)))
            self._keep(check(self.target, tile(data, start, end), self.slowness))

    def _keep(self, finding: Finding | None) -> None:
        if finding is None or finding.place in self.found:
            return
        self.found[finding.place] = finding
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.target.name}-{len(self.found)}"
        path.write_bytes(finding.data)
        print(f"  {self.target.name}: {finding.error} at {finding.place}; input in {path}", flush=True)


def has_coverage() -> bool:
    """Whether atheris can be imported."""
    return importlib.util.find_spec("atheris") is not None


def run_at_random(session: Session, seconds: float, seed: int) -> None:
    """Feed the seeds and then mutations of them."""
    end = time.monotonic() + seconds
    for data in session.target.seeds:
        session.feed(data)
    for data in mutate(session.target.seeds, random.Random(seed)):
        if time.monotonic() >= end:
            return
        session.feed(data)


def run_with_coverage(session: Session, seconds: float, seed: int, finish: Callable[[Session], None]) -> None:
    """Let atheris choose the inputs. It never returns: ``finish`` is called, and the process ends."""
    atheris: Any = importlib.import_module("atheris")
    end = time.monotonic() + seconds
    corpus = session.folder / f"corpus-{session.target.name}"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(session.target.seeds):
        (corpus / f"seed-{number}").write_bytes(data)

    def one_input(data: bytes) -> None:
        session.feed(data)
        if time.monotonic() >= end:
            finish(session)
            sys.stdout.flush()
            os._exit(0)

    # Time and memory have limits of their own; libFuzzer's would end the process at the first finding.
    flags = ["-max_len=8000", f"-seed={seed}", "-timeout=600", "-rss_limit_mb=0", f"-artifact_prefix={session.folder}/"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one_input, enable_python_coverage=True)
    atheris.Fuzz()


def instrument() -> None:
    """Load the parsers so that atheris sees their branches."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["olmocr_core", "html", "markdown_it", "latex2mathml", "tarfile"]):
        importlib.import_module("scripts.fuzz.targets")
