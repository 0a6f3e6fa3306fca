"""Options of a client, from the query and the fields of a form: what is not named here cannot be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from service.jobs.models import PRIORITIES, JobOptions, Priority
from service.outgoing.hosts import RefusedUrl, check_url
from service.problems import Problem
from service.state import ServiceState

# Read by the request itself, not by the job.
_OTHER_PARAMETERS = frozenset({"wait", "sha256", "url"})
_NOT_OF_THE_RESULT = ("callback", "priority")
OPTIONS: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": text,
        "example": example,
    }
    for name, text, example in (
        (
            "formats",
            "Formats of the result, separated by commas; the first is the one that nobody asks for",
            "markdown,json",
        ),
        ("pages", "Pages to read; all where it is left out", "1-3,7"),
        ("engine", "One of the engines that the service offers", "cpu"),
        ("priority", "high, normal or low; no part of the document's identity", "high"),
        (
            "callback",
            "URL that is told once the work has ended, on a host that the settings name",
            "http://n8n:5678/hook",
        ),
    )
]
"""How the options of a document are described; each can be a field of the form as well."""
_LISTS = frozenset({"formats"})


class Submission(NamedTuple):
    """What a client asks for: what the result is, when it is read, and where the end is told."""

    options: JobOptions
    priority: Priority = "normal"
    callback: str = ""


def read_submission(
    state: ServiceState, query: Mapping[str, str], fields: Mapping[str, str] | None = None
) -> Submission:
    """The options in a query and in a form's fields, which count more. Raises Problem naming what is wrong."""
    given = {name: value for name, value in {**query, **(fields or {})}.items() if name not in _OTHER_PARAMETERS}
    priority = _read_priority(given.pop("priority", "normal"))
    callback = _read_callback(given.pop("callback", ""), state)
    options = read_options(given)
    engine = state.runners.find(options.engine)
    if engine is None:
        raise Problem(422, f"option engine: this service offers {', '.join(state.runners.engines)}")
    return Submission(options.model_copy(update={"engine": engine}), priority, callback)


def read_options(given: Mapping[str, str]) -> JobOptions:
    """The options of a document. Raises Problem naming the one that is wrong."""
    unknown = sorted(given.keys() - JobOptions.model_fields.keys())
    if unknown:
        known = ", ".join(sorted((*JobOptions.model_fields, *_NOT_OF_THE_RESULT)))
        raise Problem(422, f"there is no option {unknown[0][:100]!r}; there are: {known}")
    values = {name: _split(value) if name in _LISTS else value for name, value in given.items()}
    try:
        return JobOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(422, f"option {first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}") from error


def _split(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _read_priority(given: str) -> Priority:
    for priority in PRIORITIES:
        if given == priority:
            return priority
    raise Problem(422, f"option priority: there are {', '.join(PRIORITIES)}")


def _read_callback(given: str, state: ServiceState) -> str:
    try:
        if given:
            check_url(given, state.settings.callback_hosts)
    except RefusedUrl as error:
        raise Problem(422, f"option callback: {error}") from None
    return given
