"""A task of docling-serve: native jobs, and how their result is given. Its id holds all of it, and so survives a restart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from service.jobs.models import JobOptions
from service.jobs.page_ranges import LAST_PAGE
from service.problems import Problem
from service.uploads.file_names import clean_file_name

# The formats of docling that are given, by the letter that an id has for each.
FORMATS = {"md": "m", "json": "j", "html": "h", "text": "t"}
_ZIP = "z"
_LONGEST_BREAK = _LONGEST_NAME = 100
_LONGEST_ID = 12_000
_ID = re.compile(
    r"([0-9a-f]{32}(?:-[0-9a-f]{32}){0,19})-([mjhtz]{0,5})-((?:[0-9a-f]{2}){0,400})((?:-(?:[0-9a-f]{2})+)+)"
)
_TRUE = frozenset({"true", "1", "yes", "on"})


class ResultShape(NamedTuple):
    """Formats as docling names them, whether they come as a zip archive, and what stands between the pages of Markdown."""

    formats: tuple[str, ...] = ("md",)
    zipped: bool = False
    page_break: str = ""


class DoclingTask(NamedTuple):
    """The ids of the jobs of one request, the names under which it sent their documents, and the shape of its result."""

    jobs: tuple[str, ...]
    names: tuple[str, ...]
    shape: ResultShape


def format_task_id(task: DoclingTask) -> str:
    """The id of a task."""
    letters = "".join(FORMATS[name] for name in task.shape.formats) + (_ZIP if task.shape.zipped else "")
    names = "-".join(name[:_LONGEST_NAME].encode().hex() for name in task.names)
    return f"{'-'.join(task.jobs)}-{letters}-{task.shape.page_break.encode().hex()}-{names}"


def parse_task_id(text: str) -> DoclingTask:
    """The task of an id. Raises Problem, in the words that docling's client knows, for one that names none."""
    found = _ID.fullmatch(text) if len(text) <= _LONGEST_ID else None
    jobs, names = (found[1].split("-"), found[4][1:].split("-")) if found else ([], [])
    if not found or len(jobs) != len(names):
        raise no_such_task()
    formats = tuple(name for name, letter in FORMATS.items() if letter in found[2])
    page_break, *texts = (bytes.fromhex(one).decode("utf-8", "replace") for one in (found[3], *names))
    # Names that this service made into an id are clean; others made this one.
    return DoclingTask(
        tuple(jobs),
        tuple(clean_file_name(quote(one)) for one in texts),
        ResultShape(formats, _ZIP in found[2], page_break),
    )


def no_such_task() -> Problem:
    """What is said of an id that names no task."""
    return Problem(404, "Task not found.")


def read_shape(options: Mapping[str, Any], target: object) -> ResultShape:
    """The shape that a request asks for. Raises Problem for formats and targets that are not given."""
    formats = tuple(name for name in FORMATS if name in _list_formats(options.get("to_formats")))
    if not formats:
        raise Problem(422, f"to_formats: this service gives {', '.join(FORMATS)}")
    if target == "presigned_url":
        # Docling's own client asks for this first, and falls back by these words.
        raise Problem(422, "target presigned_url requires artifact storage to be configured: take inbody or zip")
    if target not in (None, "", "inbody", "zip"):
        raise Problem(422, "target: this service answers inbody or zip, and sends nothing elsewhere")
    page_break = str(options.get("md_page_break_placeholder") or "")[:_LONGEST_BREAK]
    return ResultShape(formats, target == "zip" or _last(options.get("return_as_file")) in _TRUE, page_break)


def read_job_options(options: Mapping[str, Any]) -> JobOptions:
    """The options of the jobs: ``page_range`` alone. Raises Problem for one that is none."""
    given = options.get("page_range")
    if given is None:
        return JobOptions()
    sides = _parse_list(given)
    try:
        first, last = (int(side) for side in sides)
    except (TypeError, ValueError):
        raise Problem(422, "page_range: give the first and the last page") from None
    if not 1 <= first <= last:
        raise Problem(422, "page_range: give the first and the last page, from 1")
    return JobOptions() if (first, last >= LAST_PAGE) == (1, True) else JobOptions(pages=_range(first, last))


def join_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields of a form; one that comes several times is a list."""
    joined: dict[str, Any] = {}
    for name, value in pairs:
        if name not in joined:
            joined[name] = value
        elif isinstance(joined[name], list):
            joined[name].append(value)
        else:
            joined[name] = [joined[name], value]
    return joined


def _range(first: int, last: int) -> str:
    return f"{min(first, LAST_PAGE)}-{min(last, LAST_PAGE)}"


def _list_formats(given: object) -> list[Any]:
    return ["md"] if given in (None, "", []) else _parse_list(given)


def _parse_list(given: object) -> list[Any]:
    """A list, a JSON list in a text (as some clients send in forms), or a text with commas."""
    if isinstance(given, list):
        return [item for part in given for item in (_parse_list(part) if isinstance(part, str) else [part])]
    text = str(given)
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            return []
        return found if isinstance(found, list) else []
    return [part.strip() for part in text.split(",")]


def _last(given: object) -> str:
    return str(given[-1] if isinstance(given, list) and given else given).lower()
