"""Live progress of a run: a progress bar in a terminal, plain lines otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.cli.plain_console import PlainConsole
from olmocr_core.domain.errors import OlmocrError
from olmocr_core.reading.progress import ProgressSnapshot
from olmocr_core.storage.paths import AnyPath, is_object_path

# Seconds between two reads: of a local file, of an object in a store, for plain lines.
FILE_SECONDS = 0.25
OBJECT_SECONDS = 3.0
LINE_SECONDS = 5.0


@contextmanager
def show_progress(path: AnyPath, console: PlainConsole) -> Iterator[None]:
    """Show the progress that the file ``path`` records until the block ends."""
    done = threading.Event()
    show = _show_bar if console.is_terminal else _print_lines
    thread = threading.Thread(target=show, args=(path, console, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def read_snapshot(path: AnyPath) -> ProgressSnapshot | None:
    """The newest snapshot of a run; None before the run has begun."""
    try:
        return ProgressSnapshot.model_validate_json(path.read_bytes())
    except (OSError, ValueError, OlmocrError):
        return None


def _show_bar(path: AnyPath, console: PlainConsole, done: threading.Event) -> None:
    columns = (
        TextColumn("{task.description:<12}", style="bold", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages  {task.fields[rate]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None, rate="")
        while not done.wait(OBJECT_SECONDS if is_object_path(path) else FILE_SECONDS):
            now = read_snapshot(path)
            if now:
                bar.update(task, description=now.stage, total=now.pages or None, completed=now.done, rate=_rate(now))


def _print_lines(path: AnyPath, console: PlainConsole, done: threading.Event) -> None:
    last = ""
    while not done.wait(LINE_SECONDS):
        now = read_snapshot(path)
        line = _format(now) if now else ""
        if line and line != last:
            console.print(line)
            last = line


def _format(now: ProgressSnapshot) -> str:
    pages = f"{now.done} of {now.pages} pages" if now.pages else ""
    return f"{now.stage}: {', '.join(filter(None, (pages, _rate(now))))}".rstrip(": ")


def _rate(now: ProgressSnapshot) -> str:
    if now.seconds_left is None:
        return ""
    minutes, seconds = divmod(int(now.seconds_left), 60)
    return f"{now.pages_per_second:.1f} pages/s, {minutes}:{seconds:02d} left"
