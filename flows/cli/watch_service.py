"""One file of a watched folder, read by the HTTP service."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flows.cli.plain_text import say
from olmocr_core.domain.errors import EngineUnavailable, RunError
from olmocr_core.storage.files import write_atomic
from service.client import Client, ClientError, ServiceAway

KEY_VARIABLE = "OLMOCR_API_KEY"


def read_by_service(url: str, watched: Path, file: Path, out: Path, move_to: Path | None) -> None:
    """Write the text of a file to ``out``, under its path in the watched folder, and move the file if that was asked.

    Raises EngineUnavailable if the service does not answer, and RunError with its reason for a file that it refuses.
    """
    place = file.relative_to(watched.resolve()) if file.is_relative_to(watched.resolve()) else Path(file.name)
    try:
        with Client(url, os.environ.get(KEY_VARIABLE)) as client:
            converted = client.convert(file)
    except ServiceAway as error:
        raise EngineUnavailable(str(error)) from error
    except (ClientError, OSError) as error:
        raise RunError(str(error)) from error
    target = out / place.parent / f"{place.name}.md"
    write_atomic(target, converted.text.encode())
    if move_to:
        moved = move_to / place
        moved.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, moved)
    say(f"{place}: {target}")
