"""Options of a client, from the query and the fields of a form: what is not named here cannot be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pydantic import ValidationError

from service.jobs.models import PRIORITIES, JobOptions, Priority
from service.jobs.runners import Runners
from service.problems import Problem

# Read by the request itself, not by the job.
_OTHER_PARAMETERS = frozenset({"wait", "sha256", "url"})
_LISTS = frozenset({"formats"})


def read_submission(
    runners: Runners, query: Mapping[str, str], fields: Mapping[str, str] | None = None
) -> tuple[JobOptions, Priority]:
    """Options and priority in a query and in a form's fields, which count more. Raises Problem naming what is wrong."""
    given = {name: value for name, value in {**query, **(fields or {})}.items() if name not in _OTHER_PARAMETERS}
    priority = _read_priority(given.pop("priority", "normal"))
    options = read_options(given)
    engine = runners.find(options.engine)
    if engine is None:
        raise Problem(422, f"option engine: this service offers {', '.join(runners.engines)}")
    return options.model_copy(update={"engine": engine}), priority


def read_options(given: Mapping[str, str]) -> JobOptions:
    """The options of a document. Raises Problem naming the one that is wrong."""
    unknown = sorted(given.keys() - JobOptions.model_fields.keys())
    if unknown:
        known = ", ".join(sorted((*JobOptions.model_fields, "priority")))
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
    raise Problem(422, f"option priority: there are {', '.join(get_args(Priority))}")
