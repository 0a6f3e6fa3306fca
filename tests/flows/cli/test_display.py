"""The progress of a run as lines and as a bar, from the file that the run writes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from flows.cli import display
from flows.cli.display import read_snapshot, show_progress
from olmocr_core.reading.progress import ProgressSnapshot

READING = ProgressSnapshot(stage="reading", pages=8, done=2, pages_per_second=1.5, seconds_left=125.4)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "LINE_SECONDS", 0.01)
    monkeypatch.setattr(display, "FILE_SECONDS", 0.01)


def wait_for(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_lines_are_printed_when_something_has_changed(tmp_path: Path) -> None:
    shown = io.StringIO()
    path = tmp_path / "progress.json"
    with show_progress(path, Console(file=shown)):
        for snapshot in (ProgressSnapshot(stage="planning"), READING):
            path.write_text(snapshot.model_dump_json())
            wait_for(lambda snapshot=snapshot: snapshot.stage in shown.getvalue())  # type: ignore[misc]
    assert shown.getvalue().splitlines() == ["planning", "reading: 2 of 8 pages, 1.5 pages/s, 2:05 left"]


def test_a_terminal_shows_a_bar_and_leaves_nothing_behind(tmp_path: Path) -> None:
    shown = io.StringIO()
    path = tmp_path / "progress.json"
    path.write_text(READING.model_dump_json())
    with show_progress(path, Console(file=shown, force_terminal=True, width=100)):
        wait_for(lambda: "2/8" in shown.getvalue())
    assert "reading" in shown.getvalue()
    # The last words to the terminal clear the line of the bar.
    assert shown.getvalue().rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"pages": "x"}'])
def test_a_file_that_is_not_there_yet_or_half_written(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "progress.json").write_text(content)
    assert read_snapshot(tmp_path / "progress.json") is None
