"""A recording on disk: ``recording.json`` and one file of JSON lines a document, ``answers/<aa>/<doc_id>.jsonl``.

A line is one attempt at one page, in the order of pages and attempts. Everything is text that diffs well, without the
names of servers, keys or paths.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.identity import file_digest, value_digest
from olmocr_core.domain.json_parsing import parse_json
from olmocr_core.domain.models import Completion, ErrorInfo, Frozen, PageRecord, Rotation, Verdict
from olmocr_core.domain.ports import EngineIdentity
from olmocr_core.domain.recipe import Recipe
from olmocr_core.domain.settings import Render

HEADER = "recording.json"
_CACHED_DOCUMENTS = 256
# Errors that come from an engine. A page that could not be drawn is drawn again in a replay.
_ENGINE_ERRORS = frozenset({"request_rejected", "page_timeout"})


class RecordingHeader(Frozen):
    """What was recorded: the engine, how pages were drawn for it, and its attempts."""

    version: Literal[1] = 1
    engine: EngineIdentity
    render: Render
    max_attempts: int
    temperatures: tuple[float, ...]

    @classmethod
    def from_recipe(cls, recipe: Recipe) -> RecordingHeader:
        """The header of a recording of pages with this recipe."""
        return cls.model_validate(recipe.model_dump(include={"engine", "render", "max_attempts", "temperatures"}))


class RecordedAttempt(Frozen):
    """One attempt at one page: the completion and its verdict at the time, or the ``error`` that ended the page."""

    doc_id: str
    page: int
    attempt: int
    temperature: float | None = None
    rotation_ccw: Rotation = 0
    verdict: Verdict | None = None
    detail: str = ""
    completion: Completion = Completion()
    error: ErrorInfo | None = None


def extract_attempts(record: PageRecord) -> list[RecordedAttempt]:
    """The attempts at a finished page, raw; none for a page that needed no engine."""
    place = {"doc_id": record.doc_id, "page": record.page_number}
    found = []
    for outcome in record.attempts:
        completion = outcome.completion
        # The transcription of the cpu engine holds more than its answer: margins that assembly decides about.
        if completion.route != "model" and outcome.attempt.number == record.accepted_attempt:
            completion = completion.model_copy(update={"transcription": record.transcription})
        made = {
            "attempt": outcome.attempt.number,
            "temperature": outcome.attempt.temperature,
            "rotation_ccw": outcome.attempt.rotation_ccw,
            "verdict": outcome.verdict,
            "detail": outcome.detail,
            "completion": completion,
        }
        found.append(RecordedAttempt.model_validate(place | made))
    if record.error and record.error.code in _ENGINE_ERRORS:
        last = found[-1].attempt if found else 0
        found.append(RecordedAttempt.model_validate(place | {"attempt": last + 1, "error": record.error}))
    return found


def order_sequentially(attempts: Sequence[RecordedAttempt]) -> list[RecordedAttempt]:
    """Order attempts so that, made one after the other, they lead to the recorded result.

    Several parallel attempts may have finished at the same moment: then a good answer took precedence over one that asked
    for a rotation, and of several that asked for rotations only the last was followed. The others come at the very end.
    """
    order: list[RecordedAttempt] = []
    ignored: list[RecordedAttempt] = []
    for _, group in groupby(attempts, key=_rotation):
        made = list(group)
        asking = [attempt for attempt in made if attempt.verdict == "rotation"]
        order += [attempt for attempt in made if attempt.verdict != "rotation"] + asking[-1:]
        ignored += asking[:-1]
    return order + ignored


def _rotation(attempt: RecordedAttempt) -> int:
    # An error has no rotation: it ends the page wherever it stands.
    return -1 if attempt.error else attempt.rotation_ccw


def answers_path(folder: Path, doc_id: str) -> Path:
    """The file with the answers for a document."""
    return folder / "answers" / doc_id[:2] / f"{doc_id}.jsonl"


class Recording:
    """A recording to read. Documents are loaded on demand; the digest reads every file once."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError when the folder holds no recording, or one of a later format."""
        self.folder = folder
        header = read_header(folder)
        if header is None:
            raise UsageError(f"{folder} holds no recording: there is no {HEADER} in it")
        self.header = header
        self._load = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._read)

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that is recorded; the place of the folder does not matter."""
        files = sorted((self.folder / "answers").rglob("*.jsonl"))
        listed = [[path.name, file_digest(path)] for path in files]
        return value_digest([self.header.model_dump(mode="json"), listed])

    def attempts(self, doc_id: str, page: int) -> tuple[RecordedAttempt, ...]:
        """The recorded attempts at a page; () without any. Raises UsageError for a damaged file."""
        return self._load(doc_id).get(page, ())

    def _read(self, doc_id: str) -> dict[int, tuple[RecordedAttempt, ...]]:
        path = answers_path(self.folder, doc_id)
        try:
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        pages: dict[int, list[RecordedAttempt]] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found = parse_json(RecordedAttempt, line, f"{path}, line {number}")
                if found.doc_id != doc_id:
                    raise UsageError(f"{path}, line {number}: the answer belongs to another document, {found.doc_id}")
                pages.setdefault(found.page, []).append(found)
        return {page: tuple(found) for page, found in pages.items()}


def read_header(folder: Path) -> RecordingHeader | None:
    """The header of a recording; None when the folder holds none. Raises UsageError when it cannot be read."""
    path = folder / HEADER
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"recording {folder}: {error.strerror}") from error
    return parse_json(RecordingHeader, data, str(path))


def dump_header(header: RecordingHeader) -> bytes:
    """The stored form of a header."""
    return (json.dumps(header.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()
