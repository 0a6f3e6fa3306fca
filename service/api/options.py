"""Options of a client, from the query and the fields of a form: what is not named here cannot be set."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from service.jobs.models import JobOptions
from service.problems import Problem

# Read by the request itself, not by the job.
_OTHER_PARAMETERS = frozenset({"wait", "sha256"})


def read_options(query: Mapping[str, str], fields: Mapping[str, str] | None = None) -> JobOptions:
    """The options in a query and in a form's fields, which count more. Raises Problem naming the one that is wrong."""
    given = {name: value for name, value in {**query, **(fields or {})}.items() if name not in _OTHER_PARAMETERS}
    unknown = sorted(given.keys() - JobOptions.model_fields.keys())
    if unknown:
        known = ", ".join(sorted(JobOptions.model_fields))
        raise Problem(422, f"there is no option {unknown[0][:100]!r}; there are: {known}")
    values = {name: [item.strip() for item in value.split(",") if item.strip()] for name, value in given.items()}
    try:
        return JobOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(422, f"option {first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}") from error
