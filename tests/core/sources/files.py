"""Files to find, and what collecting them gives."""

from __future__ import annotations

import os
from pathlib import Path

from olmocr_core.domain.settings import Limits
from olmocr_core.sources import Collected, collect

PDF = b"%PDF-1.4\n"
PNG = b"\x89PNG\r\n\x1a\n"


def put(path: Path, content: bytes | str = PDF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def found(data: Path, *specs: str | Path, **limits: int) -> Collected:
    inputs = data.parent / "workspace" / "inputs"
    return await collect([os.fspath(spec) for spec in specs], inputs, Limits(**limits))


def names(collected: Collected) -> list[str]:
    return [source.name for document in collected.documents for source in document.sources]


def messages(collected: Collected) -> list[tuple[str, str]]:
    return [(problem.source.name, problem.error.message) for problem in collected.problems]
