"""Recordings for tests: pages read by a script, written down, and asked for again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.ports import Engine
from olmocr_core.engines.replay import ReplayEngine
from olmocr_core.engines.scripted import Script, ScriptedEngine
from olmocr_core.reading.read_page import read_page
from olmocr_core.recordings.format import Recording
from olmocr_core.recordings.write import RecordingWriter
from tests.core.fakes import DOC_ID, ImaginaryPages, page, recipe, tools


async def recorded(
    folder: Path, script: Script, pages: ImaginaryPages | None = None, count: int = 1
) -> list[PageRecord]:
    """Read pages 1 to ``count`` with a script and record them; their records come back."""
    engine = ScriptedEngine(script)
    used = tools(engine, pages)
    records = [await read_page(page(number), used) for number in range(1, count + 1)]
    RecordingWriter(folder, recipe(engine)).write_document(DOC_ID, records)
    return records


async def replayed(folder: Path, pages: ImaginaryPages | None = None, number: int = 1) -> PageRecord:
    """The record of a page that is read from a recording."""
    engine: Engine = ReplayEngine(Recording(folder))
    return await read_page(page(number), tools(engine, pages))


def replay(folder: Path) -> dict[str, Any]:
    """Settings that replay a recording."""
    return {"engine": "replay", "recording": {"replay_from": str(folder)}}


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder, by its relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
